using Homelab.NodeAgent.Diagnostics;
using Homelab.NodeAgent.Sampling;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Tests.Diagnostics;

public class SelfMeterTests
{
    [Theory]
    [InlineData("123 456 78 9", 456)]
    [InlineData("123 456", 456)]
    [InlineData("123", 0)]
    [InlineData("", 0)]
    [InlineData("a b c", 0)]
    public void ResidentPages_OfAStatmLine_IsItsSecondField(string statm, long pages)
    {
        Assert.Equal(pages, SelfMeter.ResidentPages(System.Text.Encoding.ASCII.GetBytes(statm)));
    }

    [Fact]
    public void Read_ThisProcess_CostsMemoryAndTime()
    {
        var cost = new SelfMeter(new PosixFiles(), new MonotonicClock(TimeProvider.System)).Read();

        Assert.True(cost.ResidentBytes > 1_000_000);
        Assert.True(cost.Processor > TimeSpan.Zero);
    }

    [Fact]
    public void Tell_AfterPasses_SaysWhatTheyCost()
    {
        var log = new ListLog();
        var meter = new SelfMeter(new PosixFiles(), new MonotonicClock(TimeProvider.System));
        meter.Passed(TimeSpan.FromMilliseconds(3), allocated: 0);
        meter.Passed(TimeSpan.FromMilliseconds(4), allocated: 48);

        meter.Tell(log);

        Assert.Matches("^Information: cost since start: 2 passes of 7000 us, [1-9][0-9]* us of processor, [1-9][0-9]* bytes allocated, 48 of them in passes; [1-9][0-9]* bytes resident$", Assert.Single(log.Lines));
    }

    [Fact]
    public void Read_WithinTenSeconds_LooksOnce()
    {
        var (time, files) = (new ManualClock(), new ScriptedFiles());
        var meter = new SelfMeter(files, new MonotonicClock(time));

        meter.Read();
        time.Advance(TimeSpan.FromSeconds(9));
        meter.Read();
        Assert.Single(files.Reads);
        time.Advance(TimeSpan.FromSeconds(1));
        meter.Read();

        Assert.Equal(2, files.Reads.Count);
    }
}

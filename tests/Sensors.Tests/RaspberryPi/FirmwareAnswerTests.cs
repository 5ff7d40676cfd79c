using System.Text;
using Homelab.NodeAgent.Sensors.RaspberryPi;
using Homelab.NodeAgent.Vcio;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests.RaspberryPi;

public sealed class FirmwareAnswerTests
{
    private readonly FakeFirmware _firmware = new FakeFirmware().Say("measure_temp", "temp=42.3'C");
    private readonly ManualClock _time = new();

    [Fact]
    public void Read_TwoSensorsInAPass_AskOnce()
    {
        var answer = Answer(TimeSpan.Zero);
        uint first = 0, second = 0;

        Assert.Equal(11, answer.Read(ref first, out var text));
        Assert.Equal("temp=42.3'C", Encoding.ASCII.GetString(text));
        Assert.Equal(11, answer.Read(ref second, out _));
        Assert.Single(_firmware.Asked);
        answer.Read(ref first, out _);
        Assert.Equal(2, _firmware.Asked.Count);
    }

    [Fact]
    public void Read_WithinThePause_LetsTheLastAnswerStand()
    {
        var answer = Answer(TimeSpan.FromMilliseconds(500));
        uint used = 0;
        answer.Read(ref used, out _);
        _firmware.Say("measure_temp", "temp=50.0'C");

        _time.Advance(TimeSpan.FromMilliseconds(499));
        answer.Read(ref used, out var early);
        Assert.Equal("temp=42.3'C", Encoding.ASCII.GetString(early));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        answer.Read(ref used, out var due);
        Assert.Equal("temp=50.0'C", Encoding.ASCII.GetString(due));
    }

    [Fact]
    public void Read_Failure_IsSharedToo()
    {
        _firmware.Errno = Errno.TimedOut;
        var answer = Answer(TimeSpan.Zero);
        uint first = 0, second = 0;

        Assert.Equal(-Errno.TimedOut, answer.Read(ref first, out var text));
        Assert.True(text.IsEmpty);
        Assert.Equal(-Errno.TimedOut, answer.Read(ref second, out _));
        Assert.Single(_firmware.Asked);
    }

    [Fact]
    public async Task Read_WhileAnotherHangs_IsNoAnswerOfThisPassAndNeverWaits()
    {
        using var release = new ManualResetEventSlim();
        using var inside = new ManualResetEventSlim();
        var hangs = false;
        var answer = new FirmwareAnswer(new HangingFirmware(() =>
        {
            inside.Set();
            if (Volatile.Read(ref hangs))
                release.Wait();
        }), "measure_temp", 64, _time, TimeSpan.Zero);
        uint first = 0, second = 0;
        Assert.Equal(1, answer.Read(ref first, out _));
        Assert.Equal(1, answer.Read(ref second, out _));
        Volatile.Write(ref hangs, true);
        inside.Reset();
        var stuck = Task.Run(() => answer.Read(ref first, out _));
        Assert.True(inside.Wait(TimeSpan.FromSeconds(30)));

        Assert.Equal(-Errno.TimedOut, answer.Read(ref second, out var text));
        Assert.True(text.IsEmpty);

        release.Set();
        Assert.Equal(1, await stuck);
    }

    private sealed class HangingFirmware(Action before) : IFirmware
    {
        public int Ask(ReadOnlySpan<byte> command, Span<byte> answer)
        {
            before();
            answer[0] = (byte)'x';
            return 1;
        }
    }

    private FirmwareAnswer Answer(TimeSpan pause) => new(_firmware, "measure_temp", 64, _time, pause);
}

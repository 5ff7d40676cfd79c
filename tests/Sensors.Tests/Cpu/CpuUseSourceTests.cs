using Homelab.NodeAgent.Sensors.Cpu;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.Cpu;

public sealed class CpuUseSourceTests
{
    private const string Stat = "/proc/stat";

    [Fact]
    public void Read_TwoLooks_GiveTheBusyShareBetweenThem()
    {
        using var host = FixtureHost.Of((Stat, "cpu  100 0 0 900 0 0 0 0\n"));
        var use = Discover(host).Sensor("utilization");

        Assert.Equal(Quality.Unsupported, use.Read().Quality);
        host.Put(Stat, "cpu  150 0 0 1000 50 0 0 0\n");
        Assert.Equal(Reading.Ok(250_000), use.Read());
        Assert.Equal(Reading.Ok(250_000), use.Read());
    }

    [Fact]
    public void Read_IoWaitTakenBack_NeverLeavesTheRange()
    {
        using var host = FixtureHost.Of((Stat, "cpu  100 0 0 900 50 0 0 0\n"));
        var discovery = Discover(host);
        var total = discovery.Sensor("total");
        Assert.Equal(10.5, total.Read().Value());

        host.Put(Stat, "cpu  110 0 0 900 20 0 0 0\n");

        Assert.Equal(10.5, total.Read().Value());
        Assert.InRange(discovery.Sensor("utilization").Read().Value() ?? 0, 0, 1);
        Assert.Equal(1.1, discovery.Sensor("busy").Read().Value());
    }

    [Fact]
    public void Read_CounterFarBack_IsPassedOnAsAReset()
    {
        using var host = FixtureHost.Of((Stat, "cpu  100000 0 0 900 50 0 0 0\n"));
        var busy = Discover(host).Sensor("busy");
        busy.Read();

        host.Put(Stat, "cpu  10 0 0 900 50 0 0 0\n");

        Assert.Equal(0.1, busy.Read().Value());
    }

    [Fact]
    public void Read_ThreeSensors_ShareOneLook()
    {
        using var host = FixtureHost.Of((Stat, "cpu  100 0 0 900 50 0 0 0\n"));
        var files = new ScriptedFiles();
        var sensors = new CpuUseSource().Discover(host.Seen(files)).Sensors;
        files.ForgetReads();

        foreach (var sensor in sensors)
            sensor.Read();

        Assert.Single(files.Reads);
    }

    [Fact]
    public void Discover_NoStat_IsMissingWithTheUnitSettingThatMendsIt()
    {
        using var host = FixtureHost.Of();
        var finding = Assert.Single(Discover(host).Findings);

        Assert.Equal((FindingKind.Missing, "ENOENT"), (finding.Kind, finding.Errno));
        Assert.Contains("ProcSubset", finding.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Errno.Access, "Denied", true)]
    [InlineData(Errno.TimedOut, "Broken", false)]
    [InlineData(Errno.InputOutput, "Broken", false)]
    public void Discover_StatThatRefuses_IsToldTheFixThatFits(int errno, string kind, bool hasFix)
    {
        using var host = FixtureHost.Of(("/proc/stat", "cpu  1 2 3 4\n"));
        var finding = Assert.Single(new CpuUseSource().Discover(host.Seen(new ScriptedFiles().Fail("/proc/stat", errno))).Findings);

        Assert.Equal((kind, Errno.Name(errno), hasFix), (finding.Kind.ToString(), finding.Errno, finding.Fix.Length > 0));
    }

    private static Discovery Discover(FixtureHost host) => new CpuUseSource().Discover(host.Root);
}

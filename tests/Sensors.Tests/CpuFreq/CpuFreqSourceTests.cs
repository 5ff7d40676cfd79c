using Homelab.NodeAgent.Sensors.CpuFreq;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.CpuFreq;

public sealed class CpuFreqSourceTests
{
    [Fact]
    public void Discover_FolderShut_IsDeniedAndNotAbsent()
    {
        using var host = FixtureHost.Of(("/proc/cpuinfo", "vendor_id\t: GenuineIntel\n"));
        var finding = Assert.Single(new CpuFreqSource().Discover(host.Seen(new ScriptedFiles().Fail("cpu/cpufreq", Errno.Access))).Findings);

        Assert.Equal((FindingKind.Denied, "EACCES"), (finding.Kind, finding.Errno));
        Assert.Contains("read access to /sys", finding.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Discover_Policy_GivesClockCeilingAndRangeInHertz()
    {
        using var host = FixtureHost.Recorded("n100");
        var policy = new CpuFreqSource().Discover(host.Root).Sensors.Where(static sensor => sensor.Info.Device == "policy0").ToDictionary(static sensor => sensor.Info.Name);

        Assert.Equal(700e6, policy["scaling_cur_freq"].Read().Value());
        Assert.Equal(3400e6, policy["scaling_max_freq"].Read().Value());
        Assert.Equal(SensorShape.Gauge, policy["scaling_cur_freq"].Info.Shape);
        Assert.Equal(SensorShape.Limit, policy["cpuinfo_min_freq"].Info.Shape);
        Assert.Equal("intel_pstate", policy["scaling_cur_freq"].Info.Label);
    }

    [Fact]
    public void Read_ClockFarBelowThePart_IsImplausible()
    {
        using var host = FixtureHost.Recorded("pathological");
        var discovery = new CpuFreqSource().Discover(host.Root);

        Assert.Equal(Quality.Implausible, discovery.Sensor("policy2", "scaling_cur_freq").Read().Quality);
        Assert.Equal(Quality.Ok, discovery.Sensor("policy0", "scaling_cur_freq").Read().Quality);
    }

    [Theory]
    [InlineData("vendor_id\t: GenuineIntel\n", "", "Missing", "sudo modprobe acpi-cpufreq")]
    [InlineData("vendor_id\t: GenuineIntel\nflags\t\t: fpu hypervisor\n", "", "Foreign", "")]
    [InlineData("CPU implementer\t: 0x41\n", "Raspberry Pi 4 Model B\0", "Missing", "sudo modprobe raspberrypi-cpufreq")]
    [InlineData("CPU implementer\t: 0x41\n", "Turing Machines RK1\0", "Missing", "")]
    public void Discover_NoPolicies_SaysWhatThisKindOfMachineLacks(string cpuInfo, string board, string kind, string fix)
    {
        using var host = FixtureHost.Of(("/proc/cpuinfo", cpuInfo), ("/proc/device-tree/model", board));

        var finding = Assert.Single(new CpuFreqSource().Discover(host.Root).Findings);

        Assert.Equal((kind, fix.Length > 0), (finding.Kind.ToString(), finding.Fix.Length > 0));
        Assert.StartsWith(fix, finding.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Discover_Policies_AreInNumericalOrder()
    {
        using var host = FixtureHost.Recorded("pathological");

        Assert.Equal(["policy0", "policy2", "policy3", "policy10"], new CpuFreqSource().Discover(host.Root).Sensors.Select(static sensor => sensor.Info.Device).Distinct());
    }
}

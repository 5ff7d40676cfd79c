using Homelab.NodeAgent.Sensors.Cpu;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.Cpu;

public sealed class ThrottleSourceTests
{
    private const string Folder = "/sys/devices/system/cpu/";

    [Theory]
    [InlineData("vendor_id\t: GenuineIntel\n", "Missing")]
    [InlineData("vendor_id\t: GenuineIntel\nflags\t\t: fpu hypervisor\n", "Foreign")]
    [InlineData("vendor_id\t: AuthenticAMD\n", "Foreign")]
    public void Discover_NoCounters_AreMissingOnIntelOnly(string cpuInfo, string kind)
    {
        using var host = FixtureHost.Of(("/proc/cpuinfo", cpuInfo), ("/sys/devices/system/cpu/cpu0/online", "1\n"));

        Assert.Equal(kind, Assert.Single(new ThrottleSource().Discover(host.Root).Findings).Kind.ToString());
    }

    [Fact]
    public void Discover_RepeatedCounters_AreReadOncePerPackageAndCore()
    {
        using var host = FixtureHost.Recorded("pathological");
        var files = new ScriptedFiles();
        var sensors = new ThrottleSource().Discover(host.Seen(files)).Sensors;
        files.ForgetReads();

        Assert.Equal(["package0", "package1"], sensors.Select(static sensor => sensor.Info.Device).Distinct());
        foreach (var sensor in sensors)
            sensor.Read();
        // Package 0: its count, its time, two cores; package 1: its count, its time, one core.
        Assert.Equal(7, files.Reads.Count);
        Assert.Equal(files.Reads.Count, files.Reads.Distinct().Count());
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("9223372036854775807")]
    [InlineData("none")]
    public void Discover_PackageThatTheKernelDoesNotKnow_IsTheFirst(string id)
    {
        using var host = FixtureHost.Of(
            (Folder + "cpu0/thermal_throttle/core_throttle_count", "0\n"),
            (Folder + "cpu0/topology/physical_package_id", id + "\n"),
            (Folder + "cpu0/topology/core_id", "-1\n"),
            (Folder + "cpu1/thermal_throttle/core_throttle_count", "0\n"),
            (Folder + "cpu1/topology/core_id", "-1\n"));
        var discovery = new ThrottleSource().Discover(host.Root);

        Assert.Equal(["package0"], discovery.Sensors.Select(static sensor => sensor.Info.Device).Distinct());
        host.Put(Folder + "cpu1/thermal_throttle/core_throttle_count", "1");
        Assert.Equal(Reading.Ok(1_000_000), discovery.Sensor("core_throttled").Read());
    }

    [Fact]
    public void Read_CountThatGrew_SaysThrottledOnce()
    {
        using var host = Throttling();
        var discovery = new ThrottleSource().Discover(host.Root);
        var package = discovery.Sensor("package_throttled");
        var core = discovery.Sensor("core_throttled");

        Assert.Equal(Reading.Ok(0), package.Read());
        host.Put(Folder + "cpu0/thermal_throttle/package_throttle_count", "31");
        Assert.Equal(Reading.Ok(1_000_000), package.Read());
        Assert.Equal(Reading.Ok(0), package.Read());
        Assert.Equal(Reading.Ok(0), core.Read());
    }

    [Fact]
    public void Read_CpuGoneOffline_IsNoThrottling()
    {
        using var host = Throttling();
        var core = new ThrottleSource().Discover(host.Root).Sensor("core_throttled");
        Assert.Equal(Reading.Ok(0), core.Read());

        Directory.Delete(host.Locate(Folder + "cpu1"), recursive: true);

        Assert.Equal(Reading.Ok(0), core.Read());
        Directory.Delete(host.Locate(Folder + "cpu0"), recursive: true);
        Assert.Equal(Quality.Fault, core.Read().Quality);
    }

    [Theory]
    [InlineData("garbage", Quality.Fault)]
    [InlineData("-5", Quality.Fault)]
    public void Read_GarbageCount_IsAFault(string text, Quality quality)
    {
        using var host = Throttling();
        var package = new ThrottleSource().Discover(host.Root).Sensor("package_throttled");

        host.Put(Folder + "cpu0/thermal_throttle/package_throttle_count", text);

        Assert.Equal(quality, package.Read().Quality);
    }

    [Fact]
    public void Read_TotalTime_IsSecondsSinceBoot()
    {
        using var host = FixtureHost.Recorded("n150");

        Assert.Equal(0.118, new ThrottleSource().Discover(host.Root).Sensor("throttled_thermal_seconds").Read().Value());
    }

    [Fact]
    public void Read_SinceBoot_RemembersWhatTheCountsSaw()
    {
        using var host = FixtureHost.Of(
            (Folder + "cpu0/thermal_throttle/package_throttle_count", "0"),
            (Folder + "cpu0/thermal_throttle/package_power_limit_count", "7"));
        var discovery = new ThrottleSource().Discover(host.Root);
        var heat = discovery.Sensor("throttled_thermal_since_boot");

        Assert.Equal(Reading.Ok(0), heat.Read());
        Assert.Equal(Reading.Ok(1_000_000), discovery.Sensor("throttled_power_since_boot").Read());
        Assert.Equal(Reading.Ok(0), discovery.Sensor("throttled_power").Read());

        host.Put(Folder + "cpu0/thermal_throttle/package_throttle_count", "1");
        host.Put(Folder + "cpu0/thermal_throttle/package_power_limit_count", "8");
        Assert.Equal(Reading.Ok(1_000_000), discovery.Sensor("package_throttled").Read());
        Assert.Equal(Reading.Ok(1_000_000), discovery.Sensor("throttled_power").Read());
        Assert.Equal(Reading.Ok(0), discovery.Sensor("package_throttled").Read());
        Assert.Equal(Reading.Ok(1_000_000), heat.Read());
    }

    [Fact]
    public void Read_SinceBootWithoutItsCounts_IsTheirFailure()
    {
        using var host = FixtureHost.Of((Folder + "cpu0/thermal_throttle/package_throttle_count", "garbage"));
        var discovery = new ThrottleSource().Discover(host.Root);

        Assert.Equal(Quality.Fault, discovery.Sensor("throttled_thermal_since_boot").Read().Quality);
    }

    private static FixtureHost Throttling() => FixtureHost.Of(
        (Folder + "cpu0/thermal_throttle/package_throttle_count", "30"),
        (Folder + "cpu0/thermal_throttle/core_throttle_count", "5"),
        (Folder + "cpu0/topology/core_id", "0"),
        (Folder + "cpu1/thermal_throttle/package_throttle_count", "30"),
        (Folder + "cpu1/thermal_throttle/core_throttle_count", "5"),
        (Folder + "cpu1/topology/core_id", "1"));
}

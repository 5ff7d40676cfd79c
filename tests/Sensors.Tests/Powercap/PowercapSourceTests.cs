using Homelab.NodeAgent.Sensors.Powercap;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.Powercap;

public sealed class PowercapSourceTests
{
    private const string Class = "/sys/class/powercap/";
    private static readonly string[] SixteenPackages = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f"];

    [Theory]
    [InlineData("262143328850")]
    [InlineData("65532610987")]
    [InlineData("65712999613")]
    [InlineData("262143999938")]
    public void Discover_CounterRange_IsTheWrapPoint(string range)
    {
        using var host = Zone(("max_energy_range_uj", range));

        Assert.Equal(range, Energy(host.Root).Info.WrapMicros.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("18446744073709551615")]
    public void Discover_RangeUnknown_NeverWrapsAndSaysSo(string range)
    {
        using var host = Zone(("max_energy_range_uj", range));
        var discovery = new PowercapSource().Discover(host.Root);

        Assert.Equal(0, discovery.Sensor("energy").Info.WrapMicros);
        Assert.Contains(discovery.Findings, static finding => finding.Path.EndsWith("max_energy_range_uj", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_EqualReadings_StayEqual()
    {
        using var host = Zone();
        var energy = Energy(host.Root);

        Assert.Equal(Reading.Ok(1000), energy.Read());
        Assert.Equal(Reading.Ok(1000), energy.Read());
    }

    [Fact]
    public void Discover_PsysPackageCoreDramAndMmio_AreToldApart()
    {
        using var host = FixtureHost.Recorded("pathological");
        var labels = new PowercapSource().Discover(host.Root).Sensors
            .Where(static sensor => sensor.Info.Name == "energy")
            .ToDictionary(static sensor => sensor.Info.Device, static sensor => sensor.Info.Label);

        Assert.Equal("package-0-die-0", labels["intel-rapl:0"]);
        Assert.Equal("package-0-die-0", labels["intel-rapl-mmio:0"]);
        Assert.Equal("core", labels["intel-rapl:0:0"]);
        Assert.Equal("dram", labels["intel-rapl:0:1"]);
        Assert.Equal("psys", labels["intel-rapl:1"]);
        Assert.Equal("intel-rapl-mmio", new PowercapZone("intel-rapl-mmio:0").ControlType);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("")]
    public void Read_DeadPsys_IsUnsupportedNotZero(string energy)
    {
        using var host = Zone(("name", "psys"), ("energy_uj", energy));
        var discovery = new PowercapSource().Discover(host.Root);

        Assert.Equal(Quality.Unsupported, discovery.Sensor("energy").Read().Quality);
        Assert.Contains(discovery.Findings, static finding => finding.Kind == FindingKind.Broken);
    }

    [Fact]
    public void Discover_RootOnlyCounters_AreDeniedWithTheCauseAndTheFixOnce()
    {
        using var host = FixtureHost.Recorded("n100");
        var discovery = new PowercapSource().Discover(host.Seen(new ScriptedFiles().Fail("energy_uj", Errno.Access)));

        var finding = Assert.Single(discovery.Findings, static finding => finding.Kind == FindingKind.Denied);
        Assert.Equal("EACCES", finding.Errno);
        Assert.Equal(Class + "intel-rapl-mmio:0/energy_uj", finding.Path);
        Assert.Contains("CVE-2020-8694", finding.Meaning, StringComparison.Ordinal);
        Assert.Contains("cap_dac_read_search", finding.Fix, StringComparison.Ordinal);
        Assert.All(discovery.Sensors.Where(static sensor => sensor.Info.Name == "energy"), static sensor => Assert.Equal(Quality.Denied, sensor.Read().Quality));
        Assert.Equal(Quality.Ok, discovery.Sensor("intel-rapl:0", "long_term").Read().Quality);
    }

    [Fact]
    public void Discover_MaskedByTheContainerRuntime_SaysWhatToMount()
    {
        using var host = FixtureHost.Recorded("n150");
        var discovery = new PowercapSource().Discover(host.Root);

        Assert.Empty(discovery.Sensors);
        var finding = Assert.Single(discovery.Findings);
        Assert.Equal((FindingKind.Denied, "ENOENT"), (finding.Kind, finding.Errno));
        Assert.Contains("/host/sys", finding.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Discover_VirtualMachineThatRefusesReads_IsUnsupportedAndNamed()
    {
        using var host = Zone(("/proc/cpuinfo", "vendor_id\t: GenuineIntel\nflags\t\t: fpu hypervisor\n"));
        var discovery = new PowercapSource().Discover(host.Seen(new ScriptedFiles().Fail("energy_uj", Errno.Invalid)));

        Assert.Equal(Quality.Unsupported, discovery.Sensor("energy").Read().Quality);
        Assert.Contains(discovery.Findings, static finding => finding is { Kind: FindingKind.Broken, Errno: "EINVAL" } && finding.Meaning.Contains("virtual machine", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("vendor_id\t: GenuineIntel\n", "modprobe intel_rapl_msr")]
    [InlineData("vendor_id\t: GenuineIntel\nflags\t\t: fpu hypervisor\n", "hypervisor host")]
    [InlineData("vendor_id\t: AuthenticAMD\ncpu family\t: 23\n", "modprobe intel_rapl_msr")]
    [InlineData("vendor_id\t: AuthenticAMD\ncpu family\t: 21\n", "")]
    [InlineData("CPU implementer\t: 0x41\n", "")]
    public void Discover_NoZones_SaysWhyForThisKindOfMachine(string cpuInfo, string fix)
    {
        using var host = FixtureHost.Of(("/proc/cpuinfo", cpuInfo), (Class + "intel-rapl/enabled", "1"));

        var finding = Assert.Single(new PowercapSource().Discover(host.Root).Findings);

        Assert.Equal(fix.Length > 0 ? FindingKind.Missing : FindingKind.Foreign, finding.Kind);
        Assert.Contains(fix, finding.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Discover_GapsHexadecimalIdsAndMissingFiles_KeepTheOtherZones()
    {
        using var host = FixtureHost.Recorded("pathological");
        var discovery = new PowercapSource().Discover(host.Root);

        Assert.Equal("package-10", discovery.Sensor("intel-rapl:a", "energy").Info.Label);
        Assert.Equal("package-1-die-0", discovery.Sensor("intel-rapl:3", "energy").Info.Label);
        Assert.Equal("", discovery.Sensor("intel-rapl:f", "energy").Info.Label);
        Assert.DoesNotContain(discovery.Sensors, static sensor => sensor.Info.Device is "intel-rapl:10" or "intel-rapl:b");
        Assert.Equal(4.2, discovery.Sensor("dtpm:0", "power").Read().Value());
    }

    [Fact]
    public void Discover_SixteenPackages_FindsEach()
    {
        using var host = FixtureHost.Of([.. SixteenPackages.SelectMany(static (id, index) => new[]
        {
            ($"{Class}intel-rapl:{id}/name", $"package-{index}"),
            ($"{Class}intel-rapl:{id}/energy_uj", "7"),
            ($"{Class}intel-rapl:{id}/max_energy_range_uj", "262143328850"),
        })]);

        var sensors = new PowercapSource().Discover(host.Root).Sensors;

        Assert.Equal(16, sensors.Select(static sensor => sensor.Info.Label).Distinct().Count());
    }

    [Fact]
    public void Discover_NestedTreeOnly_FindsTheSameIds()
    {
        using var host = FixtureHost.Of(
            (Class + "intel-rapl/intel-rapl:0/name", "package-0"),
            (Class + "intel-rapl/intel-rapl:0/energy_uj", "9"),
            (Class + "intel-rapl/intel-rapl:0/intel-rapl:0:2/name", "dram"),
            (Class + "intel-rapl/intel-rapl:0/intel-rapl:0:2/energy_uj", "3"));

        Assert.Equal(
            ["intel-rapl:0", "intel-rapl:0:2"],
            new PowercapSource().Discover(host.Root).Sensors.Select(static sensor => sensor.Info.Device));
    }

    [Fact]
    public void Read_LimitsThatMeanNone_AreImplausibleOrUnsupported()
    {
        using var host = FixtureHost.Recorded("pathological");
        var discovery = new PowercapSource().Discover(host.Root);

        var fourKilowatts = discovery.Sensor("intel-rapl:0", "short_term").Read();
        Assert.Equal((Quality.Implausible, 4090), (fourKilowatts.Quality, fourKilowatts.Value()));
        Assert.Equal(Quality.Implausible, discovery.Sensor("intel-rapl:0", "long_term").Read().Quality);
        Assert.Equal(Quality.Implausible, discovery.Sensor("intel-rapl:0:1", "long_term").Read().Quality);
        Assert.Equal(Quality.Unsupported, discovery.Sensor("intel-rapl:0:0", "long_term").Read().Quality);
    }

    [Fact]
    public void Discover_ConstraintNumbers_AreResolvedByName()
    {
        using var host = Zone(("constraint_0_name", "short_term"), ("constraint_0_power_limit_uw", "25000000"), ("constraint_1_name", "long_term"), ("constraint_1_power_limit_uw", "15000000"));
        var discovery = new PowercapSource().Discover(host.Root);

        Assert.Equal(15, discovery.Sensor("long_term").Read().Value());
        Assert.Equal(SensorShape.Limit, discovery.Sensor("short_term").Info.Shape);
    }

    [Fact]
    public void Discover_Amd_ShowsPackageAndTheOneCoreWithoutLimits()
    {
        using var host = FixtureHost.Recorded("hp-t640");
        var sensors = new PowercapSource().Discover(host.Root).Sensors;

        Assert.Equal([("intel-rapl:0", "package-0"), ("intel-rapl:0:0", "core")], sensors.Select(static sensor => (sensor.Info.Device, sensor.Info.Label)));
        Assert.Equal(new PowercapZone("intel-rapl:0"), new PowercapZone("intel-rapl:0:0").Parent);
    }

    [Fact]
    public void Discover_ClassFolderShut_IsDenied()
    {
        using var host = FixtureHost.Recorded("n100");

        var finding = Assert.Single(new PowercapSource().Discover(host.Seen(new ScriptedFiles().Fail("/sys/class/powercap", Errno.Access))).Findings);

        Assert.Equal((FindingKind.Denied, "EACCES"), (finding.Kind, finding.Errno));
    }

    private static ISensor Energy(HostRoot root) => new PowercapSource().Discover(root).Sensor("energy");

    private static FixtureHost Zone(params (string File, string Text)[] files)
    {
        var host = FixtureHost.Of((Class + "intel-rapl:0/name", "package-0"), (Class + "intel-rapl:0/energy_uj", "1000"), (Class + "intel-rapl:0/max_energy_range_uj", "262143328850"));
        foreach (var (file, text) in files)
            host.Put(file.StartsWith('/') ? file : Class + "intel-rapl:0/" + file, text);
        return host;
    }
}

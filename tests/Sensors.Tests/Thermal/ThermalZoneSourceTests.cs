using Homelab.NodeAgent.Sensors.Thermal;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.Thermal;

public sealed class ThermalZoneSourceTests
{
    [Fact]
    public void Discover_FolderShut_IsDeniedAndNotAbsent()
    {
        using var host = FixtureHost.Of(("/proc/cpuinfo", "vendor_id\t: GenuineIntel\n"));
        var finding = Assert.Single(new ThermalZoneSource().Discover(host.Seen(new ScriptedFiles().Fail("/class/thermal", Errno.Access))).Findings);

        Assert.Equal((FindingKind.Denied, "EACCES"), (finding.Kind, finding.Errno));
        Assert.Contains("read access to /sys", finding.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Discover_ZonesOfOneType_AreNumberedByTheKernelsNumber()
    {
        using var host = FixtureHost.Recorded("pathological");
        var discovery = new ThermalZoneSource().Discover(host.Root);

        Assert.Equal(-44, discovery.Sensor("acpitz", "temp").Read().Value());
        Assert.Equal(27.8, discovery.Sensor("acpitz#2", "temp").Read().Value());
        Assert.Equal(30, discovery.Sensor("acpitz#3", "temp").Read().Value());
        Assert.Equal("acpitz", discovery.Sensor("acpitz#3", "temp").Info.Label);
    }

    [Fact]
    public void Discover_Trips_AreLimitsLabelledByTheirType()
    {
        using var host = FixtureHost.Recorded("pi5");
        var trips = new ThermalZoneSource().Discover(host.Root).Sensors.Where(static sensor => sensor.Info.Shape == SensorShape.Limit);

        Assert.Equal(
            ["trip_point_0 critical 110", "trip_point_1 active 50", "trip_point_2 active 60", "trip_point_3 active 67.5", "trip_point_4 active 75"],
            trips.Select(static trip => FormattableString.Invariant($"{trip.Info.Name} {trip.Info.Label} {trip.Read().Value()}")));
    }

    [Theory]
    [InlineData("mode", "disabled\n", "cpu-thermal is disabled")]
    [InlineData("policy", "user_space\n", "cpu-thermal is left to a program")]
    public void Discover_ZoneThatTheKernelLeavesAlone_IsNoted(string file, string text, string meaning)
    {
        using var host = FixtureHost.Of(
            ("/sys/class/thermal/thermal_zone0/type", "cpu-thermal\n"),
            ("/sys/class/thermal/thermal_zone0/temp", "40000\n"),
            ("/sys/class/thermal/thermal_zone0/" + file, text));
        var discovery = new ThermalZoneSource().Discover(host.Root);

        var finding = Assert.Single(discovery.Findings);
        Assert.Equal((FindingKind.Note, "/sys/class/thermal/thermal_zone0/" + file), (finding.Kind, finding.Path));
        Assert.StartsWith(meaning, finding.Meaning, StringComparison.Ordinal);
        Assert.Equal(40, discovery.Sensor("temp").Read().Value());
    }

    [Fact]
    public void Discover_ZoneThatIsNoThermometer_IsLeftOutWithANote()
    {
        using var host = FixtureHost.Recorded("laptop");
        var discovery = new ThermalZoneSource().Discover(host.Root);

        Assert.DoesNotContain(discovery.Sensors, static sensor => sensor.Info.Device.StartsWith("INT3400", StringComparison.Ordinal));
        Assert.Contains(discovery.Findings, static finding => finding.Path == "/sys/class/thermal/thermal_zone3" && finding.Kind == FindingKind.Note);
    }

    [Fact]
    public void Discover_Rk1OfEitherKernel_HasItsSevenZones()
    {
        using var vendor = FixtureHost.Recorded("rk1");
        using var mainline = FixtureHost.Recorded("rk1-mainline");

        Assert.Equal(
            ["bigcore0-thermal", "bigcore1-thermal", "center-thermal", "gpu-thermal", "littlecore-thermal", "npu-thermal", "soc-thermal"], Zones(vendor));
        Assert.Equal(
            ["bigcore0-thermal", "bigcore2-thermal", "center-thermal", "gpu-thermal", "littlecore-thermal", "npu-thermal", "package-thermal"], Zones(mainline));

        static IEnumerable<string> Zones(FixtureHost host) => new ThermalZoneSource().Discover(host.Root).Sensors
            .Where(static sensor => sensor.Info.Name == "temp" && sensor.Read().Quality == Quality.Ok).Select(static sensor => sensor.Info.Device).Order(StringComparer.Ordinal);
    }

    [Fact]
    public void Read_TripThatNobodySet_IsUnsupported()
    {
        using var host = FixtureHost.Recorded("n100");

        Assert.Equal(Quality.Unsupported, new ThermalZoneSource().Discover(host.Root).Sensor("x86_pkg_temp", "trip_point_0").Read().Quality);
    }

    [Theory]
    [InlineData(Errno.TryAgain, Quality.Fault)]
    [InlineData(Errno.NoData, Quality.Unsupported)]
    [InlineData(Errno.InputOutput, Quality.Fault)]
    [InlineData(Errno.Invalid, Quality.Unsupported)]
    public void Read_SwitchedOffZone_HasNoValue(int errno, Quality quality)
    {
        using var host = FixtureHost.Recorded("jetson");
        var zone = new ThermalZoneSource().Discover(host.Seen(new ScriptedFiles().Fail("thermal_zone0/temp", errno))).Sensor("iwlwifi_1", "temp");

        Assert.Equal(quality, zone.Read().Quality);
    }

    [Fact]
    public void Read_KernelsInvalidTemperature_IsImplausible()
    {
        using var host = FixtureHost.Recorded("pathological");
        var reading = new ThermalZoneSource().Discover(host.Root).Sensor("off-thermal", "temp").Read();

        Assert.Equal((Quality.Implausible, -274), (reading.Quality, reading.Value()));
    }
}

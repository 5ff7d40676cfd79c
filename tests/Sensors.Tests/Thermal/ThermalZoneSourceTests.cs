using Homelab.NodeAgent.Sensors.Thermal;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.Thermal;

public sealed class ThermalZoneSourceTests
{
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
    public void Discover_Trips_AreLimitsOfThoseThatThrottle()
    {
        using var host = FixtureHost.Recorded("pi5");
        var trip = Assert.Single(new ThermalZoneSource().Discover(host.Root).Sensors, static sensor => sensor.Info.Shape == SensorShape.Limit);

        Assert.Equal(("cpu-thermal", "trip_point_0", "critical", 110), (trip.Info.Device, trip.Info.Name, trip.Info.Label, trip.Read().Value()));
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

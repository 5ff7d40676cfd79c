using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Fleet;

public sealed class TemperatureBoundsTests
{
    private static readonly FleetSensor Disk = Sample.Sensor("hwmon", "nvme@a", "temp1", Quantity.Temperature);
    private static readonly FleetSensor DiskMax = Limit("hwmon", "nvme@a", "temp1_max");
    private static readonly FleetSensor DiskCrit = Limit("hwmon", "nvme@a", "temp1_crit");
    private static readonly FleetSensor Zone = Sample.Sensor("thermal", "soc-thermal", "temp", Quantity.Temperature, label: "soc-thermal");

    [Fact]
    public void Least_SeveralSensors_IsTheNearestLimitOfAll() =>
        Assert.Equal(11.5, Least((Disk, 60), (DiskMax, 80), (DiskCrit, 90), (Zone, 63.5), (Trip("passive"), 75), (Trip("critical"), 115)));

    [Theory]
    [InlineData("passive")]
    [InlineData("hot")]
    [InlineData("critical")]
    public void Least_EachTrip_Counts(string type) => Assert.Equal(10, Least((Zone, 75), (Trip(type), 85)));

    [Theory]
    [InlineData("passive", null)]
    [InlineData("hot", 10.0)]
    [InlineData("critical", 10.0)]
    public void LeastCritical_EachTrip_CountsWhereItIsDanger(string type, double? celsius)
    {
        var trip = Trip(type);
        Assert.Equal(celsius, new TemperatureBounds([Zone, trip]).LeastCritical([Sample.Ok(75), Sample.Ok(85)])?.Celsius);
    }

    [Fact]
    public void Least_AboveALimit_IsNegative() => Assert.Equal(-4, Least((Zone, 79), (Trip("passive"), 75)));

    [Theory]
    [InlineData(0)]
    [InlineData(-273.15)]
    [InlineData(20.8)]
    [InlineData(200)]
    [InlineData(65261.85)]
    public void Least_LimitNobodySet_IsNotKnown(double limit) => Assert.Null(Least((Disk, 40), (DiskCrit, limit)));

    [Fact]
    public void Least_LimitOfAnotherChannelOrKind_IsNotKnown() =>
        Assert.Null(Least((Disk, 40), (DiskCrit with { Name = "temp2_crit" }, 90), (DiskCrit with { Name = "temp1_min" }, 35), (DiskCrit with { Name = "temp1_crit_hyst" }, 85)));

    [Fact]
    public void Least_TemperatureNotKnown_IsNotKnown() =>
        Assert.Null(new TemperatureBounds([Disk, DiskCrit]).Least([SensorReading.None, Sample.Ok(90)]));

    [Fact]
    public void Least_TemperatureBelowAbsoluteZero_IsNotKnown() =>
        Assert.Null(new TemperatureBounds([Disk, DiskCrit]).Least([new SensorReading(Quality.Ok, long.MinValue, ""), Sample.Ok(90)]));

    private static double? Least(params (FleetSensor Sensor, double Value)[] sensors) =>
        new TemperatureBounds([.. sensors.Select(each => each.Sensor)]).Least([.. sensors.Select(each => Sample.Ok(each.Value))])?.Celsius;

    private static FleetSensor Trip(string type) => Limit("thermal", "soc-thermal", "trip_point_" + type) with { Label = type };

    private static FleetSensor Limit(string source, string device, string name) =>
        Sample.Sensor(source, device, name, Quantity.Temperature, SensorShape.Limit);
}

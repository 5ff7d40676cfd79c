using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Fleet.Learned;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Fleet.Learned;

public sealed class AmbientPickTests
{
    [Theory]
    [InlineData("hwmon", "temp4", "Ambient", true)]
    [InlineData("hwmon", "temp1", "Inlet Temp", true)]
    [InlineData("hwmon", "temp2", "T_AMBIENT", true)]
    [InlineData("ipmi", "inlet", "", true)]
    [InlineData("hwmon", "temp1", "Exhaust Temp", false)]
    [InlineData("hwmon", "temp1", "Inlet VR", false)]
    [InlineData("hwmon", "temp1", "GPU Inlet", false)]
    [InlineData("hwmon", "temp1", "Tctl", false)]
    [InlineData("hwmon", "temp1", "Sensor 1", false)]
    [InlineData("nvidia", "ambient_temp", "", false)]
    public void IsAmbient_ByItsName_IsTheAirOrNot(string source, string name, string label, bool expected) =>
        Assert.Equal(expected, AmbientPick.IsAmbient(Sample.Sensor(source, "chip@x", name, Quantity.Temperature, label: label)));

    [Fact]
    public void IsAmbient_ALimitOrTheZonesTrip_IsNone()
    {
        Assert.False(AmbientPick.IsAmbient(Sample.Sensor("hwmon", "c", "temp1_max", Quantity.Temperature, SensorShape.Limit, "Ambient")));
        Assert.True(AmbientPick.IsAmbient(Sample.Sensor("thermal", "ambient-thermal#2", "temp", Quantity.Temperature)));
        Assert.False(AmbientPick.IsAmbient(Sample.Sensor("hwmon", "c", "fan1", Quantity.RotationSpeed, label: "Inlet")));
    }

    [Fact]
    public void Of_Several_IsTheCoolestGoodOne()
    {
        SensorReading[] readings = [Sample.Ok(27), Sample.Ok(22.5), Sample.Ok(-40), Sample.Ok(127), Sample.Ok(20) with { Quality = Quality.Stale }, SensorReading.None];

        Assert.Equal(new Temperature(22_500), AmbientPick.Of([0, 1, 2, 3, 4, 5], readings));
        Assert.Null(AmbientPick.Of([2, 4, 5], readings));
    }
}

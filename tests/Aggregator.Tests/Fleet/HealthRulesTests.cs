using System.Collections.Immutable;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Fleet;

public sealed class HealthRulesTests
{
    private static readonly FleetSensor Temperature = Sample.Sensor("hwmon", "nvme@a", "temp1", Quantity.Temperature);
    private static readonly FleetSensor Max = Sample.Sensor("hwmon", "nvme@a", "temp1_max", Quantity.Temperature, SensorShape.Limit);
    private static readonly FleetSensor Crit = Sample.Sensor("hwmon", "nvme@a", "temp1_crit", Quantity.Temperature, SensorShape.Limit);

    [Theory]
    [InlineData(60, "ok")]
    [InlineData(80, "elevated")]
    [InlineData(90, "critical")]
    public void Judge_TemperatureAgainstItsLimits_GivesTheState(double celsius, string state) =>
        Assert.Equal(state, Judge([(Temperature, celsius), (Max, 80), (Crit, 90)]).Word());

    [Fact]
    public void Judge_LimitOfAnotherDeviceOrChannel_DoesNotCount() =>
        Assert.Equal(NodeState.Ok, Judge([(Temperature, 95), (Crit with { Device = "nvme@b" }, 90), (Crit with { Name = "temp2_crit" }, 90)]));

    [Fact]
    public void Judge_LimitNotSet_DoesNotCount() =>
        Assert.Equal(NodeState.Ok, Judge([(Temperature, 60), (Crit, 0), (Max, -273.15), (Crit, 20.8)]));

    [Fact]
    public void Judge_ThermalZoneAtItsCriticalTrip_IsCritical() =>
        Assert.Equal(NodeState.Critical, Judge(
        [
            (Sample.Sensor("thermal", "soc-thermal", "temp", Quantity.Temperature, label: "soc-thermal"), 115),
            (Sample.Sensor("thermal", "soc-thermal", "trip_point_2", Quantity.Temperature, SensorShape.Limit, "critical"), 115),
        ]));

    [Fact]
    public void Judge_PassiveTripPassed_IsTheThrottlingsToTell() =>
        Assert.Equal(NodeState.Ok, Judge(
        [
            (Sample.Sensor("thermal", "soc-thermal", "temp", Quantity.Temperature, label: "soc-thermal"), 90),
            (Sample.Sensor("thermal", "soc-thermal", "trip_point_0", Quantity.Temperature, SensorShape.Limit, "passive"), 75),
        ]));

    [Fact]
    public void Judge_CriticalAlarm_IsCritical() =>
        Assert.Equal(NodeState.Critical, Judge([(Sample.Sensor("hwmon", "coretemp@a", "temp1_crit_alarm", Quantity.State), 1)]));

    [Fact]
    public void Judge_Throttled_IsElevatedAndUnderVoltageCritical()
    {
        Assert.Equal(NodeState.Elevated, Judge([], (ThrottleReason.Thermal, true)));
        Assert.Equal(NodeState.Critical, Judge([], (ThrottleReason.UnderVoltage, true)));
        Assert.Equal(NodeState.Ok, Judge([], (ThrottleReason.Thermal, false)));
        Assert.Equal(NodeState.Ok, Judge([], (ThrottleReason.FrequencyCapped, true)));
        Assert.Equal(NodeState.Ok, Judge([], (ThrottleReason.Power, true)));
        Assert.Equal(NodeState.Elevated, Judge([], (ThrottleReason.ExternalBrake, true)));
    }

    private static NodeState Judge((FleetSensor Sensor, double Value)[] sensors, params (ThrottleReason Reason, bool Holds)[] throttled) =>
        new HealthRules([.. sensors.Select(each => each.Sensor)], new TemperatureBounds([.. sensors.Select(each => each.Sensor)])).Judge(
            sensors.Select(each => Sample.Ok(each.Value)).ToArray(),
            throttled.ToImmutableSortedDictionary(each => each.Reason, each => each.Holds));
}

using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Fleet;

public sealed class ThrottlingTests
{
    [Theory]
    [InlineData("cooling", "Processor", "throttle", Quantity.Ratio, ThrottleReason.Thermal)]
    [InlineData("throttle", "package0", "core_throttled", Quantity.State, ThrottleReason.Thermal)]
    [InlineData("hwmon", "rpi_volt@soc", "in0_lcrit_alarm", Quantity.State, ThrottleReason.UnderVoltage)]
    [InlineData("rpi", "soc", "frequency_capped", Quantity.State, ThrottleReason.FrequencyCapped)]
    public void Of_SensorThatTells_GivesItsReason(string source, string device, string name, Quantity quantity, object reason)
    {
        var sensors = Sample.Inventory(Sample.Sensor(source, device, name, quantity));

        Assert.True(Throttling.Of(sensors, [Sample.Ok(1)])[(ThrottleReason)reason]);
        Assert.False(Throttling.Of(sensors, [Sample.Ok(0)])[(ThrottleReason)reason]);
        Assert.Empty(Throttling.Of(sensors, [SensorReading.None]));
    }

    [Theory]
    [InlineData("cooling", "pwm-fan", "fan", Quantity.Ratio)]
    [InlineData("hwmon", "nvme@x", "temp1_alarm", Quantity.State)]
    [InlineData("cpu", "cpu", "utilization", Quantity.Ratio)]
    public void Of_SensorThatDoesNotTell_GivesNothing(string source, string device, string name, Quantity quantity) =>
        Assert.Empty(Throttling.Of(Sample.Inventory(Sample.Sensor(source, device, name, quantity)), [Sample.Ok(1)]));

    [Fact]
    public void Of_OneOfSeveralCoolersActive_Holds()
    {
        var cooler = Sample.Sensor("cooling", "Processor", "throttle", Quantity.Ratio);
        var sensors = Sample.Inventory(cooler, cooler with { Device = "Processor#2" }, cooler with { Device = "Processor#3" });

        Assert.True(Throttling.Of(sensors, [Sample.Ok(0), Sample.Ok(0.3), Sample.Ok(0)])[ThrottleReason.Thermal]);
    }

    [Theory]
    [InlineData(2.4e9, 2.4e9, false)]
    [InlineData(2.4e9, 1.8e9, true)]
    public void Of_PolicyWithACeiling_TellsWhetherItIsCapped(double hardware, double allowed, bool isCapped) => Assert.Equal(
        isCapped, Throttling.Of(Sample.Inventory(Policy(0, "scaling_max_freq"), Policy(0, "cpuinfo_max_freq")), [Sample.Ok(allowed), Sample.Ok(hardware)])[ThrottleReason.FrequencyCapped]);

    [Fact]
    public void Of_OneOfSeveralPoliciesCapped_Holds()
    {
        var sensors = Sample.Inventory(Policy(0, "cpuinfo_max_freq"), Policy(0, "scaling_max_freq"), Policy(4, "cpuinfo_max_freq"), Policy(4, "scaling_max_freq"));

        Assert.True(Throttling.Of(sensors, [Sample.Ok(1.8e9), Sample.Ok(1.2e9), Sample.Ok(2.4e9), Sample.Ok(2.4e9)])[ThrottleReason.FrequencyCapped]);
        Assert.False(Throttling.Of(sensors, [Sample.Ok(1.8e9), Sample.Ok(1.8e9), Sample.Ok(2.4e9), Sample.Ok(2.4e9)])[ThrottleReason.FrequencyCapped]);
    }

    [Fact]
    public void Of_PolicyWithOneFigureOnly_CannotTell()
    {
        var sensors = Sample.Inventory(Policy(0, "scaling_max_freq"), Policy(4, "cpuinfo_max_freq"), Policy(6, "scaling_max_freq"), Policy(6, "cpuinfo_max_freq"));

        Assert.Empty(Throttling.Of(sensors, [Sample.Ok(1e9), Sample.Ok(2e9), Sample.Ok(1e9), SensorReading.None]));
    }

    private static FleetSensor Policy(int number, string name) =>
        Sample.Sensor("cpufreq", $"policy{number}", name, Quantity.Frequency, SensorShape.Limit);
}

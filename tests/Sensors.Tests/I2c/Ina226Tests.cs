using Homelab.NodeAgent.Sensors.I2c;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.I2c;

public sealed class Ina226Tests
{
    // A current step of 1 mA over 2 mΩ.
    private static readonly MonitorSpec Worked = Chips.Spec("ina226@1-0x40 shunt=2mOhm range=32.768A limit=45W");
    private static readonly MonitorSpec Kernel = Chips.Spec("ina226@1-0x40 shunt=10mOhm");

    [Fact]
    public void Calibration_WorkedExample_Is2560() => Assert.Equal(0x0A00, Calibration.Of(Worked));

    [Fact]
    public void Decode_WorkedExample_IsItsFigures()
    {
        long[] words = [9600, 2000, 2500, 1200, 0];

        Assert.Equal(Reading.Ok(12_000_000), Worked.Decode("voltage", words));
        Assert.Equal(Reading.Ok(5_000), Worked.Decode("shunt_voltage", words));
        Assert.Equal(Reading.Ok(2_500_000), Worked.Decode("current", words));
        Assert.Equal(Reading.Ok(30_000_000), Worked.Decode("power", words));
    }

    // What hwmon said of the same registers on a 6.1 kernel: in1 12000, in0 10, curr1 1000, power1 3000000.
    [Fact]
    public void Decode_KernelsExample_IsTheSame()
    {
        long[] words = [9600, 4000, 4000, 480, 0];

        Assert.Equal(0x0800, Calibration.Of(Kernel));
        Assert.Equal(Reading.Ok(12_000_000), Kernel.Decode("voltage", words));
        Assert.Equal(Reading.Ok(10_000), Kernel.Decode("shunt_voltage", words));
        Assert.Equal(Reading.Ok(1_000_000), Kernel.Decode("current", words));
        Assert.Equal(Reading.Ok(3_000_000), Kernel.Decode("power", words));
    }

    [Fact]
    public void Decode_Reversed_IsNegativeWithItsPower()
    {
        long[] words = [9600, Chips.Word(-3), Chips.Word(-4000), 480, 0];

        Assert.Equal(Reading.Ok(-8), Kernel.Decode("shunt_voltage", words));
        Assert.Equal(Reading.Ok(-1_000_000), Kernel.Decode("current", words));
        Assert.Equal(Reading.Ok(-3_000_000), Kernel.Decode("power", words));
    }

    [Theory]
    [InlineData(9600, 4000, 0x0004, "arithmetic")]
    [InlineData(9600, 0x7FFF, 0x0008, "stop")]
    [InlineData(9600, 0x8000, 0x0008, "stop")]
    [InlineData(0xFFFF, 0xFFFF, 0x0008, "lines float")]
    public void Decode_OverflowStopOrFloat_IsNoCurrentAndNoPower(long bus, long shunt, long flags, string reason)
    {
        foreach (var channel in new[] { "current", "power" })
        {
            var reading = Kernel.Decode(channel, bus, shunt, 4000, 480, flags);
            Assert.Equal(Quality.Implausible, reading.Quality);
            Assert.Contains(reason, reading.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Settings_Limit_IsInStepsOfThePowerRegisterBeforeThePinIsToldToWatchIt()
    {
        var settings = MonitorChip.For(Worked).Settings;

        // 45 W in steps of 25 mW.
        Assert.Equal([new MonitorSetting(0x07, 0xFFFF, 1800), new MonitorSetting(0x06, 0xFC03, 0x0800)], settings.TakeLast(2));
        Assert.DoesNotContain(MonitorChip.For(Kernel).Settings, static setting => setting.Address is 0x06 or 0x07);
    }

    [Fact]
    public void Settings_Configuration_NeverResetsAndAlwaysConverts() => Assert.All(
        new[] { Worked, Kernel, Chips.Spec("ina219@1-0x41 shunt=1mOhm"), Chips.Spec("ina260@1-0x42"), Chips.Spec("ina3221@1-0x43 shunt=1mOhm") },
        static spec =>
        {
            var configuration = MonitorChip.For(spec).Settings[0];
            Assert.Equal((0, 0, 7), (configuration.Address, configuration.Value & 0x8000, configuration.Value & 7));
        });
}

using FsCheck;
using FsCheck.Fluent;
using Homelab.NodeAgent.Sensors.I2c;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.I2c;

public sealed class Ina219Tests
{
    // A current step of 100 µA over 0.1 Ω: 3.2768 A at most.
    private static readonly MonitorSpec Worked = Chips.Spec("ina219@1-0x40 shunt=0.1Ohm range=3.2768A");

    // As the kernel's driver has it by default.
    private static readonly MonitorSpec Kernel = Chips.Spec("ina219@1-0x40 shunt=10mOhm");

    [Fact]
    public void Calibration_WorkedExample_Is4096() => Assert.Equal(0x1000, Calibration.Of(Worked));

    [Fact]
    public void Decode_WorkedExample_IsItsFigures()
    {
        long[] words = [0x5DC0, 4000, 4000, 2400];

        Assert.Equal(Reading.Ok(12_000_000), Worked.Decode("voltage", words));
        Assert.Equal(Reading.Ok(40_000), Worked.Decode("shunt_voltage", words));
        Assert.Equal(Reading.Ok(400_000), Worked.Decode("current", words));
        Assert.Equal(Reading.Ok(4_800_000), Worked.Decode("power", words));
    }

    // What hwmon said of the same registers on a 6.1 kernel: in1 12000, in0 12, curr1 1234, power1 14800000.
    [Fact]
    public void Decode_KernelsExample_IsTheSame()
    {
        long[] words = [0x5DC2, 0x04D2, 0x04D2, 740];

        Assert.Equal(0x1000, Calibration.Of(Kernel));
        Assert.Equal(Reading.Ok(12_000_000), Kernel.Decode("voltage", words));
        Assert.Equal(Reading.Ok(12_340), Kernel.Decode("shunt_voltage", words));
        Assert.Equal(Reading.Ok(1_234_000), Kernel.Decode("current", words));
        Assert.Equal(Reading.Ok(14_800_000), Kernel.Decode("power", words));
    }

    [Fact]
    public void Decode_Reversed_IsNegativeWithItsPower()
    {
        long[] words = [0x5DC2, 0xFB2E, 0xFB2E, 740];

        Assert.Equal(Reading.Ok(-12_340), Kernel.Decode("shunt_voltage", words));
        Assert.Equal(Reading.Ok(-1_234_000), Kernel.Decode("current", words));
        Assert.Equal(Reading.Ok(-14_800_000), Kernel.Decode("power", words));
    }

    [Theory]
    [InlineData(0x5DC1, 0x04D2, "arithmetic")]
    [InlineData(0x5DC0, 0x7D00, "stop")]
    [InlineData(0x5DC0, 0x8300, "stop")]
    [InlineData(0xFFFF, 0x04D2, "lines float")]
    public void Decode_OverflowStopOrFloat_IsNoCurrentAndNoPower(long bus, long shunt, string reason)
    {
        foreach (var channel in new[] { "current", "power" })
        {
            var reading = Kernel.Decode(channel, bus, shunt, 1234, 740);
            Assert.Equal(Quality.Implausible, reading.Quality);
            Assert.Contains(reason, reading.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void IsConverted_ReadyBit_SaysSo()
    {
        var chip = MonitorChip.For(Kernel);

        Assert.True(chip.IsConverted([0x5DC2, 0, 0, 0]));
        Assert.False(chip.IsConverted([0x5DC0, 0, 0, 0]));
    }

    [Fact]
    public void Calibration_AnyRangeAndShunt_CountsUpToTheRangeAndIsExactToAStep() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(100, 3_200).ToArbitrary(), Gen.Choose(1, 100).ToArbitrary(), static (milliamperes, milliohms) =>
        {
            if (MonitorText.Parse(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"ina219@1-0x40 shunt={milliohms}mOhm range={milliamperes}mA"), out _) is not [var spec])
                return;
            // The chip multiplies its shunt register by the calibration: what it then counts must be the current that flowed.
            var shunt = milliamperes * milliohms / 10 / 2;
            var register = shunt * Calibration.Of(spec) / 4096;
            var counted = Calibration.CurrentStep(spec).Apply(register);
            var flowed = shunt * 10_000L / milliohms;
            Assert.InRange(register, 0, 32_767);
            Assert.InRange(counted - flowed, -(2 * Calibration.CurrentStep(spec).Apply(1)) - 1, 1);
        }));
}

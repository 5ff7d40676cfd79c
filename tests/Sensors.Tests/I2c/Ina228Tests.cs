using FsCheck;
using FsCheck.Fluent;
using Homelab.NodeAgent.Sensors.I2c;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.I2c;

public sealed class Ina228Tests
{
    private static readonly MonitorSpec Worked = Chips.Spec("ina228@1-0x40 shunt=15mOhm range=10A limit=30W");
    private static readonly MonitorSpec Fine = Chips.Spec("ina228@1-0x40 shunt=4mOhm range=10A");

    [Fact]
    public void Calibration_WorkedExample_Is3750() => Assert.Equal(3750, Calibration.Of(Worked));

    [Fact]
    public void Decode_WorkedExample_IsItsFigures()
    {
        // 12 V, 6 A: 61440 × 195.3125 µV, 288000 × 312.5 nV, 314573 × 19.0735 µA, 1179648 × 61.035 µW.
        long[] words = [Chips.Long(61_440), Chips.Long(288_000), Chips.Long(314_573), 1_179_648, 1_024, Chips.Word(3_200), 1];

        Assert.Equal(Reading.Ok(12_000_000), Worked.Decode("voltage", words));
        Assert.Equal(Reading.Ok(90_000), Worked.Decode("shunt_voltage", words));
        Assert.Equal(Reading.Ok(6_000_004), Worked.Decode("current", words));
        Assert.Equal(Reading.Ok(72_000_000), Worked.Decode("power", words));
        Assert.Equal(Reading.Ok(1_000_000), Worked.Decode("energy", words));
        Assert.Equal(Reading.Ok(25_000_000), Worked.Decode("temp", words));
    }

    [Fact]
    public void Channels_Energy_WrapsAfterFortyBits() =>
        Assert.Equal(1_073_741_824_000_000, MonitorChip.For(Worked).Channels.Single(static channel => channel.Name == "energy").WrapMicros);

    [Fact]
    public void Decode_EnergyAtItsEnd_IsBelowTheWrap()
    {
        var end = Worked.Decode("energy", Chips.Long(61_440), 0, 0, 0, (1L << 40) - 1, 0, 1);

        Assert.InRange(end.Micros!.Value, 1_073_741_824_000_000 - 977, 1_073_741_824_000_000);
    }

    [Fact]
    public void Decode_Reversed_IsNegative()
    {
        long[] words = [Chips.Long(61_440), Chips.Long(-1), Chips.Long(-314_573), 1_179_648, 0, Chips.Word(-3_200), 1];

        Assert.Equal(Reading.Ok(-6_000_004), Worked.Decode("current", words));
        Assert.Equal(Reading.Ok(-72_000_000), Worked.Decode("power", words));
        Assert.Equal(Reading.Ok(-25_000_000), Worked.Decode("temp", words));
        Assert.Equal(Quality.Ok, Worked.Decode("shunt_voltage", words).Quality);
    }

    [Fact]
    public void Settings_SmallDrop_UseTheFinerRange()
    {
        Assert.Equal(0x0010, MonitorChip.For(Fine).Settings[0].Value);
        Assert.Equal(0x0000, MonitorChip.For(Worked).Settings[0].Value);
        Assert.Equal(4_000, Calibration.Of(Fine));
        // 2^19 / 2 steps of a current are half the range in both.
        Assert.Equal(Reading.Ok(5_000_000), Fine.Decode("current", Chips.Long(61_440), Chips.Long(256_000), Chips.Long(262_144), 0, 0, 0, 1));
        Assert.Equal(Reading.Ok(20_000), Fine.Decode("shunt_voltage", Chips.Long(61_440), Chips.Long(256_000), 0, 0, 0, 0, 1));
    }

    [Theory]
    [InlineData(61_440, 0, 0x201, "power", Quality.Implausible)]
    [InlineData(61_440, 524_287, 0x001, "current", Quality.Implausible)]
    [InlineData(-1, -1, 0x001, "power", Quality.Implausible)]
    [InlineData(-1, -1, 0x001, "energy", Quality.Fault)]
    [InlineData(61_440, 0, 0x000, "energy", Quality.Fault)]
    [InlineData(61_440, 0, 0x000, "voltage", Quality.Fault)]
    public void Decode_OverflowStopFloatOrBadMemory_IsNoFigure(int bus, int shunt, long flags, string channel, Quality quality) =>
        Assert.Equal(quality, Worked.Decode(channel, Chips.Long(bus), Chips.Long(shunt), 0, 0, 0, 0, flags).Quality);

    [Fact]
    public void Settings_Limit_IsIn256PowerSteps() => Assert.Contains(new MonitorSetting(0x11, 0xFFFF, 1920), MonitorChip.For(Worked).Settings);

    [Fact]
    public void Decode_AnyWords_NeverThrowsNorInventsANumberOutOfBounds() => Check.QuickThrowOnFailure(Prop.ForAll(
        ArbMap.Default.ArbFor<long[]>(), static seeds =>
        {
            foreach (var text in new[] { "ina219@1-0x40 shunt=0.1mOhm", "ina226@1-0x40 shunt=0.1mOhm", "ina228@1-0x40 shunt=0.1mOhm", "ina260@1-0x40", "ina3221@1-0x40 shunt=0.1mOhm sum=1+2+3" })
            {
                var chip = MonitorChip.For(Chips.Spec(text));
                var words = chip.Registers.Select((register, i) => (seeds.Length == 0 ? -1 : seeds[i % seeds.Length]) & ((1L << (8 * register.Bytes)) - 1)).ToArray();
                var readings = new Reading[chip.Channels.Count];
                chip.Decode(words, readings);
                for (var i = 0; i < readings.Length; i++)
                {
                    Assert.NotEqual(default, readings[i].Quality);
                    if (readings[i].Quality == Quality.Ok)
                        Assert.Null(chip.Channels[i].Bounds.Reject(readings[i].Micros!.Value));
                }
            }
        }));
}

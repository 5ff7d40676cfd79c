using Homelab.NodeAgent.Sensors.I2c;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.I2c;

public sealed class Ina3221Tests
{
    private static readonly MonitorSpec Spec = Chips.Spec("ina3221@1-0x40 shunt=0.1Ohm label2=cpu sum=1+2 role=input");

    // Channel 1 is the worked example; channel 2 has 2000 and 12000 as the kernel's example has; channel 3 is empty.
    private static readonly long[] Words = [0x0320, 0x2EE0, 2000, 12000, 0, 0, 1];

    [Fact]
    public void Decode_WorkedExample_IsItsFigures()
    {
        Assert.Equal(Reading.Ok(12_000_000), Spec.Decode("voltage1", Words));
        Assert.Equal(Reading.Ok(4_000), Spec.Decode("shunt_voltage1", Words));
        Assert.Equal(Reading.Ok(40_000), Spec.Decode("current1", Words));
        Assert.Equal(Reading.Ok(480_000), Spec.Decode("power1", Words));
    }

    // What hwmon said with 10 mΩ: in1 12000, curr1 1000, in4 10000 µV.
    [Fact]
    public void Decode_KernelsExample_IsTheSame()
    {
        var kernel = Chips.Spec("ina3221@1-0x40 shunt1=10mOhm");
        long[] words = [2000, 12000, 0, 0, 0, 0, 1];

        Assert.Equal(Reading.Ok(12_000_000), kernel.Decode("voltage1", words));
        Assert.Equal(Reading.Ok(1_000_000), kernel.Decode("current1", words));
        Assert.Equal(Reading.Ok(10_000), kernel.Decode("shunt_voltage1", words));
    }

    [Fact]
    public void Decode_ShuntsThatDiffer_EachChannelHasItsOwn()
    {
        var spec = Chips.Spec("ina3221@1-0x40 shunt1=100mOhm shunt2=10mOhm shunt3=5mOhm");
        long[] words = [0x0320, 0x2EE0, 0x0320, 0x2EE0, 0x0320, 0x2EE0, 1];

        Assert.Equal(Reading.Ok(40_000), spec.Decode("current1", words));
        Assert.Equal(Reading.Ok(400_000), spec.Decode("current2", words));
        Assert.Equal(Reading.Ok(800_000), spec.Decode("current3", words));
        Assert.Equal(Reading.Ok(9_600_000), spec.Decode("power3", words));
    }

    [Fact]
    public void Decode_Sum_IsOfTheNamedChannels()
    {
        Assert.Equal(Reading.Ok(480_000 + 1_200_000), Spec.Decode("power_sum", Words));
        Assert.Equal(MonitorChip.InputRail, MonitorChip.For(Spec).Channels.Single(static channel => channel.Name == "power_sum").Label);
    }

    [Fact]
    public void Decode_PartOfTheSumIsNone_ThenSoIsTheSum()
    {
        var sum = Spec.Decode("power_sum", 0x7FF8, 0x2EE0, 2000, 12000, 0, 0, 1);

        Assert.Equal((Quality.Fault, (long?)null), (sum.Quality, sum.Micros));
    }

    [Fact]
    public void Decode_Reversed_IsNegativeWithItsPower()
    {
        Assert.Equal(Reading.Ok(-40_000), Spec.Decode("current1", Chips.Word(-0x0320), 0x2EE0, 0, 0, 0, 0, 1));
        Assert.Equal(Reading.Ok(-480_000), Spec.Decode("power1", Chips.Word(-0x0320), 0x2EE0, 0, 0, 0, 0, 1));
    }

    [Theory]
    [InlineData(0x7FF8, 0x2EE0)]
    [InlineData(0x8000, 0x2EE0)]
    [InlineData(0xFFFF, 0xFFFF)]
    public void Decode_StopOrFloat_IsNoPower(long shunt, long bus) =>
        Assert.Equal(Quality.Implausible, Spec.Decode("power1", shunt, bus, 0, 0, 0, 0, 1).Quality);

    [Fact]
    public void Channels_WithoutAShunt_AreOffAndUnlisted()
    {
        var chip = MonitorChip.For(Chips.Spec("ina3221@1-0x40 shunt1=10mOhm shunt3=5mOhm"));

        Assert.Equal(["voltage1", "shunt_voltage1", "current1", "power1", "voltage3", "shunt_voltage3", "current3", "power3"], chip.Channels.Select(static channel => channel.Name));
        Assert.Equal(0x5000, chip.Settings[0].Value & 0x7000);
    }
}

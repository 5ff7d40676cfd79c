using Homelab.NodeAgent.Sensors.I2c;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.I2c;

public sealed class Ina260Tests
{
    private static readonly MonitorSpec Spec = Chips.Spec("ina260@1-0x40 limit=60W");

    [Fact]
    public void Decode_WorkedExample_IsItsFigures()
    {
        long[] words = [9600, 0x0FA0, 6000, 0];

        Assert.Equal(Reading.Ok(12_000_000), Spec.Decode("voltage", words));
        Assert.Equal(Reading.Ok(5_000_000), Spec.Decode("current", words));
        Assert.Equal(Reading.Ok(60_000_000), Spec.Decode("power", words));
    }

    [Fact]
    public void Decode_Reversed_IsNegativeWithItsPower()
    {
        Assert.Equal(Reading.Ok(-1_250), Spec.Decode("current", 9600, 0xFFFF, 3, 0));
        Assert.Equal(Reading.Ok(-30_000), Spec.Decode("power", 9600, 0xFFFF, 3, 0));
    }

    [Theory]
    [InlineData(9600, 0x0FA0, 0x0004)]
    [InlineData(9600, 0x7FFF, 0)]
    [InlineData(0xFFFF, 0xFFFF, 0xFFFF)]
    public void Decode_OverflowStopOrFloat_IsNoPower(long bus, long current, long flags) =>
        Assert.Equal(Quality.Implausible, Spec.Decode("power", bus, current, 6000, flags).Quality);

    [Fact]
    public void Settings_Limit_IsInTenMilliwatts() => Assert.Contains(new MonitorSetting(0x07, 0xFFFF, 6000), MonitorChip.For(Spec).Settings);
}

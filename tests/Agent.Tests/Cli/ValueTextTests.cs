using Homelab.NodeAgent.Cli;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Cli;

public class ValueTextTests
{
    [Theory]
    [InlineData(Quantity.Power, 41_234_000, "41.23 W")]
    [InlineData(Quantity.Temperature, -44_000_000, "-44.0 °C")]
    [InlineData(Quantity.Frequency, 2_304_000_000_000_000, "2.30 GHz")]
    [InlineData(Quantity.Frequency, 408_000_000_000_000, "408 MHz")]
    [InlineData(Quantity.Ratio, 125_000, "12.5 %")]
    [InlineData(Quantity.State, 0, "no")]
    [InlineData(Quantity.RotationSpeed, 1_204_000_000, "1204 rpm")]
    [InlineData(Quantity.Voltage, 894_000, "0.894 V")]
    public void Of_EachQuantity_HasItsUnit(Quantity quantity, long micros, string expected)
    {
        Assert.Equal(expected, ValueText.Of(quantity, micros));
    }
}

using FsCheck;
using FsCheck.Fluent;

namespace Homelab.NodeAgent.Sensors.Tests;

public sealed class ScaleTests
{
    [Fact]
    public void Apply_AnyInteger_IsExactOrTheNearestEnd() => Check.QuickThrowOnFailure(Prop.ForAll<long, PositiveInt, PositiveInt>((raw, multiply, divide) =>
    {
        var exact = (Int128)raw * multiply.Get / divide.Get;
        var scaled = new Scale(multiply.Get, divide.Get).Apply(raw);
        return scaled == (exact > long.MaxValue ? long.MaxValue : exact < long.MinValue ? long.MinValue : exact);
    }));

    [Fact]
    public void Apply_NumbersThatDoNotFit_Saturate()
    {
        Assert.Equal(long.MaxValue, Scale.Kilo.Apply(long.MaxValue));
        Assert.Equal(long.MinValue, Scale.Kilo.Apply(long.MinValue));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(255, 1_000_000)]
    [InlineData(51, 200_000)]
    public void Byte_PwmDuty_IsARatio(long raw, long micros) => Assert.Equal(micros, Scale.Byte.Apply(raw));
}

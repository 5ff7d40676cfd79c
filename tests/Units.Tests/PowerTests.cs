using FsCheck;
using FsCheck.Fluent;

namespace Homelab.Units.Tests;

public sealed class PowerTests
{
    [Fact]
    public void FromWatts_AnyMicrowattCount_ComesBackExactly() =>
        Check.QuickThrowOnFailure(Prop.ForAll<int>(micros => Power.FromWatts(micros / 1e6) == new Power(micros)));

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(1e19)]
    public void FromWatts_NotAFiniteCount_Throws(double watts) =>
        Assert.Throws<OverflowException>(() => Power.FromWatts(watts));

    [Fact]
    public void Over_ThenPer_GivesThePowerBack() =>
        Check.QuickThrowOnFailure(Prop.ForAll<ushort, ushort>((milliwatts, tenths) =>
        {
            var power = Power.FromMilliwatts(milliwatts);
            var duration = TimeSpan.FromMilliseconds(100 * (tenths + 1));
            var error = power.Over(duration).Per(duration) - power;
            return Math.Abs(error.Microwatts) <= 10;
        }));

    [Fact]
    public void Addition_PastTheRange_ThrowsInsteadOfWrapping() =>
        Assert.Throws<OverflowException>(() => new Power(long.MaxValue) + new Power(1));

    [Fact]
    public void ToString_FractionalWatts_IsCultureFree() =>
        Assert.Equal("79.1 W", Power.FromWatts(79.1).ToString());
}

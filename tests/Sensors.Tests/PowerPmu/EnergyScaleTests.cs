using System.Globalization;
using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Homelab.NodeAgent.Sensors.PowerPmu;

namespace Homelab.NodeAgent.Sensors.Tests.PowerPmu;

public sealed class EnergyScaleTests
{
    [Fact]
    public void Apply_KernelScale_IsExact() => Check.QuickThrowOnFailure(Prop.ForAll(
        ArbMap.Default.GeneratorFor<ulong>().ToArbitrary(), static count =>
            EnergyScale.TryParse("2.3283064365386962890625e-10", out var scale) && scale.Apply(count) == (long)(new BigInteger(count) * 1_000_000 >> 32)));

    [Fact]
    public void Apply_AnyScale_IsWithinAMillionthOfAMillionth() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(1, 999_999).Two().ToArbitrary(), static pair =>
        {
            var joules = pair.Item1 * 1e-12;
            if (!EnergyScale.TryParse(joules.ToString("R", CultureInfo.InvariantCulture), out var scale))
                return false;
            var count = (ulong)pair.Item2 * 1_000_000_000;
            var expected = count * joules * 1e6;
            return Math.Abs(scale.Apply(count) - expected) <= 1 + expected * 1e-12;
        }));

    [Fact]
    public void Apply_GrowingCounts_NeverFall() => Check.QuickThrowOnFailure(Prop.ForAll(
        ArbMap.Default.GeneratorFor<ulong>().Two().ToArbitrary(), static pair =>
            EnergyScale.TryParse("9e-7", out var scale) && scale.Apply(Math.Min(pair.Item1, pair.Item2)) <= scale.Apply(Math.Max(pair.Item1, pair.Item2))));

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("0")]
    [InlineData("-2.3e-10")]
    [InlineData("1e-6")]
    [InlineData("1e-300")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    public void TryParse_NoScaleOfAnEnergyCounter_IsRefused(string? text) => Assert.False(EnergyScale.TryParse(text, out _));
}

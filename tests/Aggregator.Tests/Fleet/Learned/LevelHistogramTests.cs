using FsCheck;
using FsCheck.Fluent;
using Homelab.Aggregator.Fleet.Learned;

namespace Homelab.Aggregator.Tests.Fleet.Learned;

public sealed class LevelHistogramTests
{
    /// <summary>Half a bin, by ratio.</summary>
    private static readonly double Error = Math.Sqrt(LevelHistogram.Width) - 1 + 1e-9;

    /// <summary>Levels of 1 mW to 1 MW and the seconds spent there.</summary>
    private static readonly Gen<(double Level, int Seconds)[]> Observations =
        (from exponent in Gen.Choose(-3000, 6000) from seconds in Gen.Choose(1, 100_000) select (Math.Pow(10, exponent / 1000.0), seconds)).NonEmptyListOf().Select(static list => list.ToArray());

    [Fact]
    public void Quantile_AnyLevelsAndShares_IsWithinHalfABinOfTheTrueOne() => Check.QuickThrowOnFailure(Prop.ForAll(
        Observations.ToArbitrary(), Gen.Choose(1, 1000).ToArbitrary(), static (observations, permille) =>
        {
            var found = Of(observations).Quantile(permille / 1000.0)!.Value;

            // At a boundary between two bins either is right by rounding.
            return new[] { -1e-9, 0, 1e-9 }.Any(nudge => Math.Abs(found / True(observations, permille / 1000.0 + nudge) - 1) <= Error);
        }));

    [Fact]
    public void Merge_TwoHistograms_IsTheHistogramOfBoth() => Check.QuickThrowOnFailure(Prop.ForAll(
        Observations.ToArbitrary(), Observations.ToArbitrary(), static (left, right) =>
        {
            var merged = Of(left);
            merged.Merge(Of(right));
            var both = Of([.. left, .. right]);

            return merged.First == both.First && merged.Times.SequenceEqual(both.Times) && merged.Total == both.Total;
        }));

    [Fact]
    public void Add_AnyLevels_KeepsBoundedBinsAndAllTheTime() => Check.QuickThrowOnFailure(Prop.ForAll(
        Observations.ToArbitrary(), static observations =>
        {
            var histogram = Of(observations);

            return histogram.Times.Length <= LevelHistogram.Bins && histogram.Total == TimeSpan.FromSeconds(observations.Sum(static each => (long)each.Seconds));
        }));

    [Fact]
    public void Quantile_NothingAdded_IsUnknown()
    {
        var histogram = new LevelHistogram();
        histogram.Add(double.NaN, TimeSpan.FromHours(1));
        histogram.Add(5, TimeSpan.Zero);
        histogram.Add(5, TimeSpan.FromSeconds(-1));

        Assert.Null(histogram.Quantile(0.5));
        Assert.Equal(TimeSpan.Zero, histogram.Total);
    }

    [Theory]
    [InlineData(0, LevelHistogram.Least)]
    [InlineData(-40, LevelHistogram.Least)]
    [InlineData(1e12, LevelHistogram.Most)]
    [InlineData(double.PositiveInfinity, LevelHistogram.Most)]
    public void Quantile_LevelBeyondTheBins_IsTheBound(double level, double bound)
    {
        var histogram = new LevelHistogram();
        histogram.Add(level, TimeSpan.FromSeconds(1));

        Assert.InRange(histogram.Quantile(1)!.Value / bound, 1 - Error * 2, 1 + Error * 2);
    }

    [Fact]
    public void Add_MoreTimeThanABinHolds_Saturates()
    {
        var histogram = new LevelHistogram();
        histogram.Add(5, TimeSpan.FromDays(40));
        histogram.Add(5, TimeSpan.FromDays(40));

        Assert.Equal(uint.MaxValue, Assert.Single(histogram.Times.ToArray()));
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(1046, 2)]
    [InlineData(0, 1048)]
    public void Of_BinsThatDoNotExist_IsRefused(int first, int length) => Assert.Null(LevelHistogram.Of(first, new uint[length]));

    private static LevelHistogram Of((double Level, int Seconds)[] observations)
    {
        var histogram = new LevelHistogram();
        foreach (var (level, seconds) in observations)
            histogram.Add(level, TimeSpan.FromSeconds(seconds));
        return histogram;
    }

    private static double True((double Level, int Seconds)[] observations, double share)
    {
        var wanted = share * observations.Sum(static each => (long)each.Seconds);
        double reached = 0;
        foreach (var (level, seconds) in observations.OrderBy(static each => each.Level))
        {
            reached += seconds;
            if (reached >= wanted)
                return level;
        }
        return observations.Max(static each => each.Level);
    }
}

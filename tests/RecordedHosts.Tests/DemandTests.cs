using FsCheck;
using FsCheck.Fluent;

namespace Homelab.RecordedHosts.Tests;

public sealed class DemandTests
{
    private static readonly TimeSpan[] Times = [.. Enumerable.Range(0, 2400).Select(i => TimeSpan.FromMilliseconds(250 * i))];

    private static double[] Story(int seed, string name) => [.. Times.Select(new Demand(seed, name).At)];

    [Fact]
    public void At_SameSeedAndName_SameStory() => Assert.Equal(Story(7, "um890"), Story(7, "um890"));

    [Fact]
    public void At_OtherSeed_OtherStory() => Assert.NotEqual(Story(7, "um890"), Story(8, "um890"));

    [Fact]
    public void At_OtherName_OtherStory() => Assert.True(Correlation(Story(7, "rk1-1"), Story(7, "rk1-2")) < 0.5);

    [Fact]
    public void At_AnyTime_IsAShare() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(int.MinValue, int.MaxValue).ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(),
        (seed, milliseconds) => new Demand(seed, "n").At(TimeSpan.FromMilliseconds(milliseconds)) is >= 0 and <= 1));

    [Fact]
    public void At_TenMinutes_HasQuietAndBusyTimes()
    {
        var story = Story(1, "um890");
        Assert.True(story.Min() < 0.1);
        Assert.True(story.Max() > 0.8);
        Assert.InRange(story.Average(), 0.15, 0.75);
    }

    private static double Correlation(double[] a, double[] b)
    {
        double meanA = a.Average(), meanB = b.Average();
        return a.Zip(b, (x, y) => (x - meanA) * (y - meanB)).Sum()
            / Math.Sqrt(a.Sum(x => (x - meanA) * (x - meanA)) * b.Sum(y => (y - meanB) * (y - meanB)));
    }
}

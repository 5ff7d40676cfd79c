using FsCheck;
using FsCheck.Fluent;
using Homelab.Aggregator.Fleet.Learned;

namespace Homelab.Aggregator.Tests.Fleet.Learned;

public sealed class LevelDaysTests
{
    private const int Today = 20_778;

    private readonly LevelDays _days = new();

    [Fact]
    public void Quantile_LessThanAnHour_IsUnknown()
    {
        _days.Observe(Today, 8, LevelDays.LeastSeen - TimeSpan.FromSeconds(1));
        Assert.Null(_days.Quantile(0.05));

        _days.Observe(Today + 1, 8, TimeSpan.FromSeconds(1));

        Assert.Equal(8, _days.Quantile(0.05)!.Value, 0.08);
    }

    [Fact]
    public void Quantile_DayOfAMonthAgo_IsForgotten()
    {
        _days.Observe(Today, 100, TimeSpan.FromHours(10));
        for (var day = 1; day < LevelDays.DaysKept; day++)
            _days.Observe(Today + day, 10, TimeSpan.FromMinutes(10));
        Assert.Equal(100, _days.Quantile(0.99)!.Value, 1.0);

        _days.Observe(Today + LevelDays.DaysKept, 10, TimeSpan.FromMinutes(10));

        Assert.Equal(10, _days.Quantile(0.99)!.Value, 0.1);
        Assert.Equal(LevelDays.DaysKept, _days.Days.Count);
    }

    [Fact]
    public void Quantile_NodeOffForAYear_IsStillKnown()
    {
        _days.Observe(Today, 7, TimeSpan.FromHours(2));
        _days.Observe(Today + 365, 9, TimeSpan.FromSeconds(1));

        Assert.Equal(7, _days.Quantile(0.5)!.Value, 0.07);
    }

    /// <summary>A board without a battery for its clock begins in the past, and one with an empty one may begin in the future.</summary>
    [Fact]
    public void Observe_ClocksThatJump_KeepsTheDaysInOrderAndAllTheTime() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(0, 12).ListOf().ToArbitrary(), static jumps =>
        {
            var days = new LevelDays();
            foreach (var day in jumps)
                days.Observe(day, 5 + day, TimeSpan.FromHours(1));
            var numbers = days.Days.Select(static each => each.Day).ToArray();

            return numbers.SequenceEqual(numbers.Distinct().Order())
                && days.Days.Sum(static each => each.Levels.Total.TotalHours) == jumps.Count
                && (jumps.Count == 0 || numbers[^1] == jumps[^1]);
        }));

    [Fact]
    public void Of_DaysNotAscending_IsRefused()
    {
        Assert.Null(LevelDays.Of([(2, new LevelHistogram()), (2, new LevelHistogram())]));
        Assert.Null(LevelDays.Of([.. Enumerable.Range(0, LevelDays.DaysKept + 1).Select(static day => (day, new LevelHistogram()))]));
    }
}

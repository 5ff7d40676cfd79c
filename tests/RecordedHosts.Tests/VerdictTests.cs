using Homelab.Units;

namespace Homelab.RecordedHosts.Tests;

public sealed class VerdictTests
{
    private static readonly Power Budget = Power.FromWatts(100);
    private static readonly Power Guard = Power.FromWatts(3);

    [Fact]
    public void Of_NeverAbove_IsClean()
    {
        var verdict = Verdict.Of(Story(90, 100, 95), Budget, Guard);
        Assert.Equal((TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, 0.0), (verdict.AboveBudget, verdict.AboveGuard, verdict.Longest, verdict.WorstEvent.Joules));
        Assert.Equal((100.0, 95.0), (verdict.Highest.Watts, verdict.Mean.Watts));
    }

    [Fact]
    public void Of_TwoEvents_CountsEachForItself()
    {
        var verdict = Verdict.Of(Story(99, 102, 105, 99, 101, 99), Budget, Guard);
        Assert.Equal(TimeSpan.FromSeconds(3), verdict.AboveBudget);
        Assert.Equal(TimeSpan.FromSeconds(1), verdict.AboveGuard);
        Assert.Equal(TimeSpan.FromSeconds(2), verdict.Longest);
        Assert.Equal(7, verdict.WorstEvent.Joules, 6);
    }

    [Fact]
    public void Of_MoreWanted_SaysHowWellTheBudgetWasUsed()
    {
        var verdict = Verdict.Of(new Truth(["n"], [Moment(0, 90, 150), Moment(1, 40, 40), Moment(2, 40, 40)]), Budget, Guard);
        Assert.Equal((150.0, TimeSpan.FromSeconds(1), 0.9), (verdict.HighestWanted.Watts, verdict.WantedAbove, Math.Round(verdict.Utilization, 6)));
    }

    [Fact]
    public void Of_OneMoment_CanNotBeJudged() =>
        Assert.Throws<ReplayException>(() => Verdict.Of(new Truth(["n"], [Moment(0, 1, 1)]), Budget, Guard));

    private static Truth Story(params double[] watts) => new(["n"], [.. watts.Select((w, i) => Moment(i, w, w))]);

    private static TruthMoment Moment(double seconds, double watts, double wanted) =>
        new(TimeSpan.FromSeconds(seconds), [new TruthPoint(Power.FromWatts(watts), Power.FromWatts(watts), Power.FromWatts(wanted))]);
}

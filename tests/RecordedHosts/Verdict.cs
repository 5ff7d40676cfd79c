using Homelab.Units;

namespace Homelab.RecordedHosts;

/// <summary>How a fleet kept its budget. Every figure is of true watts.</summary>
/// <param name="Judged">From the first moment to the last.</param>
/// <param name="Mean">Over time.</param>
/// <param name="Highest">Of all moments.</param>
/// <param name="AboveBudget">All time above the budget.</param>
/// <param name="AboveGuard">All time above the budget and its guard.</param>
/// <param name="Longest">The longest stretch above the budget.</param>
/// <param name="WorstEvent">The most energy above the budget in one stretch.</param>
/// <param name="HighestWanted">The peak that the same story would have had uncapped.</param>
/// <param name="WantedAbove">How long the uncapped story was above the budget.</param>
/// <param name="Utilization">Mean draw against the budget while more was wanted than it allows; 0 when that never was.</param>
internal sealed record Verdict(
    TimeSpan Judged, Power Mean, Power Highest, TimeSpan AboveBudget, TimeSpan AboveGuard, TimeSpan Longest, Energy WorstEvent,
    Power HighestWanted, TimeSpan WantedAbove, double Utilization)
{
    /// <summary>Judges a story; each moment stands for the time up to the next.</summary>
    /// <exception cref="ReplayException">There are fewer than two moments.</exception>
    public static Verdict Of(Truth truth, Power budget, Power guard)
    {
        if (truth.Moments.Length < 2)
            throw new ReplayException("fewer than two moments of truth: nothing to judge");
        var (above, aboveGuard, longest, stretch, wantedAbove) = (TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);
        double joules = 0, worst = 0, all = 0, bound = 0;
        for (var i = 0; i + 1 < truth.Moments.Length; i++)
        {
            var moment = truth.Moments[i];
            var step = truth.Moments[i + 1].At - moment.At;
            all += moment.Watts.Watts * step.TotalSeconds;
            if (moment.Wanted > budget)
            {
                wantedAbove += step;
                bound += moment.Watts.Watts * step.TotalSeconds;
            }
            if (moment.Watts > budget + guard)
                aboveGuard += step;
            (stretch, joules) = moment.Watts > budget ? (stretch + step, joules + (moment.Watts - budget).Watts * step.TotalSeconds) : (TimeSpan.Zero, 0);
            above += stretch > TimeSpan.Zero ? step : TimeSpan.Zero;
            longest = stretch > longest ? stretch : longest;
            worst = Math.Max(worst, joules);
        }
        var judged = truth.Moments[^1].At - truth.Moments[0].At;
        return new Verdict(
            judged, Power.FromWatts(all / judged.TotalSeconds), truth.Moments.Max(moment => moment.Watts), above, aboveGuard, longest,
            Energy.FromJoules(worst), truth.Moments.Max(moment => moment.Wanted), wantedAbove,
            wantedAbove > TimeSpan.Zero ? bound / (budget.Watts * wantedAbove.TotalSeconds) : 0);
    }
}

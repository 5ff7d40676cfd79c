using System.Collections.Immutable;
using Homelab.Aggregator.Simulation.Scenarios;

namespace Homelab.Aggregator.Simulation.Figures;

/// <summary>What came of one scenario under one policy, over its seeds. Means of shares, worst of excesses.</summary>
/// <param name="BudgetWatts">Lowest of the scenario.</param>
/// <param name="SettleP99">99th percentile over the seeds; null without a budget decrease.</param>
/// <param name="SettleWorst">Of the seeds; null without a budget decrease.</param>
internal sealed record Summary(
    string Scenario, Policy Policy, int Seeds, double DurationSeconds, double BudgetWatts, double TimeAboveRatio, double PeakExcessWatts, double WorstEventJoules, double LongestEventSeconds, Excess OutsideSteps,
    double? SettleP99, double? SettleWorst, double PerformanceVsOptimum, double PerformanceVsRobust, double JainIndex, double UtilizationWhenBinding,
    double WritesPerNodeMinute, double? SteadyWritesPerNodeMinute, ImmutableArray<(ulong Seed, Violation Violation)> Violations, ImmutableArray<RunFigures> Runs)
{
    /// <param name="runs">At least one, ascending by seed.</param>
    public static Summary Of(Scenario scenario, Policy policy, ImmutableArray<RunFigures> runs)
    {
        double[] settles = [.. runs.Where(run => run.SettleSeconds is not null).Select(run => run.SettleSeconds!.Value).Order()];
        double[] steady = [.. runs.Where(run => run.SteadyWritesPerNodeMinute is not null).Select(run => run.SteadyWritesPerNodeMinute!.Value)];
        return new Summary(
            scenario.Name, policy, runs.Length, scenario.Duration.TotalSeconds, scenario.Steps.Select(step => step.Budget).Append(scenario.Budget).Min().Watts,
            runs.Average(run => run.TimeAboveRatio), runs.Max(run => run.PeakExcessWatts), runs.Max(run => run.WorstEventJoules), runs.Max(run => run.LongestEventSeconds),
            new Excess(runs.Average(run => run.OutsideSteps.TimeRatio), runs.Max(run => run.OutsideSteps.PeakWatts), runs.Max(run => run.OutsideSteps.PeakShare), runs.Max(run => run.OutsideSteps.WorstEventJoules)),
            settles.Length == 0 ? null : settles[(int)Math.Ceiling(0.99 * settles.Length) - 1], settles.Length == 0 ? null : settles[^1],
            runs.Average(run => run.PerformanceVsOptimum), runs.Average(run => run.PerformanceVsRobust), runs.Average(run => run.JainIndex),
            runs.Average(run => run.UtilizationWhenBinding), runs.Average(run => run.WritesPerNodeMinute), steady.Length == 0 ? null : steady.Average(),
            [.. runs.SelectMany(run => run.Violations.Select(violation => (run.Seed, violation)))], runs);
    }
}

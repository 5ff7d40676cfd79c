using System.Collections.Immutable;

namespace Homelab.Aggregator.Simulation.Figures;

/// <summary>The hardware could be asked for more than the budget.</summary>
/// <param name="At">Seconds from the start.</param>
/// <param name="ForSeconds">How long it lasted.</param>
/// <param name="Watts">Most by which Σ of what the hardware is held to stood above the budget.</param>
/// <param name="Nodes">All, the one held highest first.</param>
internal sealed record Violation(double At, double ForSeconds, double Watts, ImmutableArray<string> Nodes);

/// <summary>What came of one run. An excess counts from half a percent of the budget on: below it lies what no meter tells apart.</summary>
/// <param name="TimeAboveRatio">Share of the time above the budget.</param>
/// <param name="PeakExcessWatts">Most above the budget at any step.</param>
/// <param name="WorstEventJoules">Energy above the budget of the worst uninterrupted excess.</param>
/// <param name="LongestEventSeconds">Of an uninterrupted excess.</param>
/// <param name="OutsideSteps">The same three and the time above the budget, without the second after each budget decrease, which no limiter can beat.</param>
/// <param name="SettleSeconds">From a budget decrease to the end of the last excess before the budget changes again; null without a decrease.</param>
/// <param name="PerformanceVsOptimum">Work done by the work of the clairvoyant optimum.</param>
/// <param name="PerformanceVsRobust">Work done by the work of the best that keeps the floors free.</param>
/// <param name="JainIndex">Fairness of the work done by the work wanted, among nodes of one class; the worst class.</param>
/// <param name="UtilizationWhenBinding">Draw by budget while the demand does not fit.</param>
/// <param name="WritesPerNodeMinute">Writes to limiters that changed something.</param>
/// <param name="SteadyWritesPerNodeMinute">The same, while no node has switched for ten seconds; null when that was for less than a minute of one node.</param>
internal sealed record RunFigures(
    ulong Seed, double TimeAboveRatio, double PeakExcessWatts, double WorstEventJoules, double LongestEventSeconds, Excess OutsideSteps, double? SettleSeconds,
    double PerformanceVsOptimum, double PerformanceVsRobust, double JainIndex, double UtilizationWhenBinding, double WritesPerNodeMinute,
    double? SteadyWritesPerNodeMinute, ImmutableArray<Violation> Violations);

/// <summary>How much, how far and how hard the draw was above the budget.</summary>
/// <param name="PeakShare">Highest excess as a share of the budget of that moment.</param>
internal readonly record struct Excess(double TimeRatio, double PeakWatts, double PeakShare, double WorstEventJoules);

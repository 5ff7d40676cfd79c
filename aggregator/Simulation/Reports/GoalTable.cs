using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Homelab.Aggregator.Simulation.Figures;
using Homelab.Aggregator.Simulation.Scenarios;

namespace Homelab.Aggregator.Simulation.Reports;

/// <summary>The goals of holding the budget, each beside its figure and what every rival comes to.</summary>
/// <param name="Missed">One line a goal that is not reached.</param>
internal sealed record GoalTable(string Markdown, ImmutableArray<string> Missed)
{
    private static readonly ImmutableArray<Policy> Products = [Policy.Ours, Policy.OursBounded];
    private static readonly ImmutableArray<Policy> Rivals = [Policy.Static, Policy.Slurm, Policy.Ear, Policy.Dynamo, Policy.Thunderbolt, Policy.None];

    private static readonly ImmutableArray<string> Faults = ["restart", "split-brain", "partition", "agents-lost", "rough-network", "clock-jump"];

    /// <summary>What has to be run, and under which policies.</summary>
    public static IEnumerable<(string Scenario, ImmutableArray<Policy> Policies)> Runs =>
        BundledScenarios.OfTheGoals.Select(name => (name, PolicyNames.All.ToImmutableArray()))
            .Concat(Faults.Append("steady").Append("spread-reports").Select(name => (name, Products)))
            .Append(("exact-meters", [Policy.Ours]));

    private static ImmutableArray<Goal> Goals
    {
        get
        {
            ImmutableArray<string> all = [.. BundledScenarios.OfTheGoals];
            ImmutableArray<string> homelab = [.. all.Where(name => name != "d-gpu-fleet")];
            ImmutableArray<string> a = ["a-homelab"], b = ["b-tight-budget"], d = ["d-gpu-fleet"], faults = ["e-message-loss", "f-telemetry-lost", "g-aggregator-dead"];
            ImmutableArray<string> toF = [.. all.Where(name => name != "g-aggregator-dead")];
            return
            [
                new("time above the budget outside budget steps, %", all, Policy.Ours, one => one.OutsideSteps.TimeRatio * 100, true, 0.01, "0.0000"),
                new("the same with exact meters, %", ["exact-meters"], Policy.Ours, one => one.TimeAboveRatio * 100, true, 0, "0.0000"),
                new("peak excess outside budget steps, % of the budget", homelab, Policy.Ours, PeakShare, true, 3, "0.00"),
                new("the same with a GPU, % of the budget", d, Policy.Ours, PeakShare, true, 5, "0.00"),
                new("the same in bounded mode, % of the budget", all, Policy.OursBounded, PeakShare, true, 11, "0.00"),
                new("worst event at 100 W, J", ["a-homelab", .. faults], Policy.Ours, one => one.WorstEventJoules, true, 2, "0.00"),
                new("the same in bounded mode, J", a, Policy.OursBounded, one => one.WorstEventJoules, true, 6, "0.00"),
                new("the same in bounded mode with faults, J", faults, Policy.OursBounded, one => one.WorstEventJoules, true, 10, "0.00"),
                new("settled after 100 → 80 W, p99, s", ["c-budget-step"], Policy.Ours, one => one.SettleP99, true, 1, "0.00"),
                new("work by the clairvoyant optimum", a, Policy.Ours, one => one.PerformanceVsOptimum, false, 0.91, "0.000"),
                new("the same, stretched", a, Policy.Ours, one => one.PerformanceVsOptimum, false, 0.93, "0.000", IsStretch: true),
                new("the same in bounded mode", a, Policy.OursBounded, one => one.PerformanceVsOptimum, false, 0.945, "0.000"),
                new("work by the robust oracle, a to f", toF, Policy.Ours, one => one.PerformanceVsRobust, false, 0.95, "0.000"),
                new("the same in bounded mode", toF, Policy.OursBounded, one => one.PerformanceVsRobust, false, 0.985, "0.000", IsStretch: true),
                new("work while the aggregator is dead for a third of the time", ["g-aggregator-dead"], Policy.Ours, one => one.PerformanceVsOptimum, false, 0.86, "0.000"),
                new("utilisation while the budget binds, %", a, Policy.Ours, one => one.UtilizationWhenBinding * 100, false, 91, "0.0"),
                new("the same at 80 W, %", b, Policy.Ours, one => one.UtilizationWhenBinding * 100, false, 89, "0.0"),
                new("the same in bounded mode, %", a, Policy.OursBounded, one => one.UtilizationWhenBinding * 100, false, 94, "0.0"),
                new("Jain index in a class", a, Policy.Ours, one => one.JainIndex, false, 0.995, "0.0000"),
                new("the same in bounded mode", a, Policy.OursBounded, one => one.JainIndex, false, 0.995, "0.0000"),
                new("writes to a limiter per minute, demand moving", all, Policy.Ours, one => one.WritesPerNodeMinute, true, 20, "0.0"),
                new("the same in bounded mode", all, Policy.OursBounded, one => one.WritesPerNodeMinute, true, 20, "0.0"),
                new("writes to a limiter per minute, demand steady", ["steady"], Policy.Ours, one => one.SteadyWritesPerNodeMinute, true, 2, "0.00"),
                new("violations: Σ of what the hardware is held to above the budget", [.. all, .. Faults], Policy.Ours, one => one.Violations.Length, true, 0, "0"),
            ];
        }
    }

    public static GoalTable Of(ImmutableArray<Summary> summaries)
    {
        var text = new StringBuilder();
        var missed = ImmutableArray.CreateBuilder<string>();
        var seeds = summaries.Max(one => one.Seeds);
        text.Append(CultureInfo.InvariantCulture, $"# Goals\n\nWritten by `make goals`: {seeds} seeds a scenario, the product's own controller and leases on the simulated plant. "
            + $"Rivals are their published rules made anew on the same plant, with the same sensors and limiters; not the products of those names. A figure over several scenarios is the worst of them.\n\n");
        text.Append("| goal | bound | ours | met | ").AppendJoin(" | ", Rivals.Select(policy => policy.Word())).Append(" |\n|---|---|---|---|").Insert(text.Length, "---|", Rivals.Length).Append('\n');
        foreach (var goal in Goals)
        {
            var figure = goal.Measure(goal.Policy, summaries);
            var isMet = figure is { } value && goal.IsMet(value);
            if (!isMet && !goal.IsStretch)
                missed.Add($"{goal.Text}: {goal.Write(figure)}, must be {goal.BoundText}");
            text.Append($"| {goal.Text} | {goal.BoundText} | {goal.Write(figure)} | {(isMet ? "yes" : goal.IsStretch ? "no (stretch)" : "**no**")} | ")
                .AppendJoin(" | ", Rivals.Select(rival => goal.Write(goal.Measure(rival, summaries)))).Append(" |\n");
        }
        foreach (var scenario in summaries.Select(one => one.Scenario).Distinct())
            AppendScenario(text, scenario, summaries);
        return new GoalTable(text.ToString(), missed.ToImmutable());
    }

    private static void AppendScenario(StringBuilder text, string scenario, ImmutableArray<Summary> summaries)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n## {scenario}\n\n{BundledScenarios.Find(scenario)?.Scenario?.Description}.\n\n");
        text.Append("| policy | time above % | peak excess W | worst event J | longest s | settle p99 s | work/optimum | work/robust | Jain | utilisation % | writes/min/node | violations |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n");
        foreach (var one in summaries.Where(one => one.Scenario == scenario))
        {
            text.Append(CultureInfo.InvariantCulture, $"| {one.Policy.Word()} | {one.TimeAboveRatio * 100:0.000} | {one.PeakExcessWatts:0.0} | {one.WorstEventJoules:0.0} | {one.LongestEventSeconds:0.00} | ");
            text.Append(CultureInfo.InvariantCulture, $"{(one.SettleP99 is { } settle ? settle.ToString("0.00", CultureInfo.InvariantCulture) : "–")} | {one.PerformanceVsOptimum:0.000} | {one.PerformanceVsRobust:0.000} | {one.JainIndex:0.0000} | ");
            text.Append(CultureInfo.InvariantCulture, $"{one.UtilizationWhenBinding * 100:0.0} | {one.WritesPerNodeMinute:0.0} | {(Products.Contains(one.Policy) ? one.Violations.Length.ToString(CultureInfo.InvariantCulture) : "–")} |\n");
        }
    }

    private static double? PeakShare(Summary one) => one.OutsideSteps.PeakShare * 100;
}

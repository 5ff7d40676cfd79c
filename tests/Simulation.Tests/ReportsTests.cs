using System.Text.Json;
using System.Xml.Linq;
using Homelab.Aggregator.Simulation.Figures;
using Homelab.Aggregator.Simulation.Reports;

namespace Homelab.Aggregator.Simulation;

public sealed class ReportsTests
{
    [Fact]
    public void Write_Summary_CarriesEveryKeyOfTheSchema()
    {
        var json = JsonDocument.Parse(SimulationJson.Write([Play("c-budget-step", Policy.Ours, 330)])).RootElement;
        Assert.Equal("homelab.simulation/v1", json.GetProperty("schema").GetString());
        var result = json.GetProperty("results")[0];
        string[] keys =
        [
            "scenario", "policy", "seeds", "duration_seconds", "budget_watts", "time_above_budget_ratio", "peak_excess_watts", "worst_event_joules", "longest_event_seconds",
            "outside_budget_steps", "settle_seconds", "performance_vs_optimum", "performance_vs_robust", "jain_index", "utilization_when_binding",
            "writes_per_node_minute", "violations", "runs",
        ];
        Assert.Equal(keys, result.EnumerateObject().Select(key => key.Name));
        Assert.True(result.GetProperty("settle_seconds").GetProperty("p99").GetDouble() >= 0);
        Assert.Equal(2, result.GetProperty("runs").GetArrayLength());
    }

    [Fact]
    public void Draw_Run_IsOneSvgForLightAndDarkWithoutForeignParts()
    {
        var scenario = Fixture.Bundled("c-budget-step", 330);
        var text = RunPicture.Draw(scenario, 1, Policy.Ours);
        var svg = XDocument.Parse(text);
        Assert.Equal("svg", svg.Root!.Name.LocalName);
        Assert.Contains("prefers-color-scheme:dark", text);
        Assert.DoesNotContain("href", text);
        Assert.DoesNotContain("NaN", text);
        // A node's area each, and the unmanaged one.
        Assert.Equal(scenario.Nodes.Length + 1, svg.Descendants().Count(element => element.Name.LocalName == "path"));
        Assert.Equal(["caps", "budget"], svg.Descendants().Where(element => element.Name.LocalName == "polyline").Select(element => element.Attribute("class")!.Value));
    }

    [Fact]
    public void Of_GoalsFromTooFewRuns_AreMissedNotMet()
    {
        var table = GoalTable.Of([Play("a-homelab", Policy.Ours, 60) with { PerformanceVsOptimum = 0.92 }]);
        Assert.Contains(table.Missed, goal => goal.StartsWith("settled after", StringComparison.Ordinal));
        Assert.DoesNotContain(table.Missed, goal => goal.StartsWith("work by the clairvoyant optimum", StringComparison.Ordinal));
        Assert.Contains("| goal | bound | ours | met | static |", table.Markdown);
    }

    [Theory]
    [InlineData(true, 2, 2, true)]
    [InlineData(true, 2, 2.1, false)]
    [InlineData(false, 2, 2, true)]
    [InlineData(false, 2, 1.9, false)]
    public void IsMet_FigureAtTheBound_IsMet(bool isAtMost, double bound, double figure, bool isMet) =>
        Assert.Equal(isMet, new Goal("g", ["a"], Policy.Ours, _ => figure, isAtMost, bound, "0.0").IsMet(figure));

    [Fact]
    public void Measure_SeveralScenarios_IsTheWorst()
    {
        var (a, b) = (Play("a-homelab", Policy.Ours, 60), Play("b-tight-budget", Policy.Ours, 60));
        var goal = new Goal("g", ["a-homelab", "b-tight-budget"], Policy.Ours, one => one.BudgetWatts, true, 1, "0");
        Assert.Equal(100, goal.Measure(Policy.Ours, [a, b]));
        Assert.Equal(80, (goal with { IsAtMost = false }).Measure(Policy.Ours, [a, b]));
        Assert.Null(goal.Measure(Policy.Ours, [a]));
    }

    private static Summary Play(string name, Policy policy, int seconds)
    {
        var scenario = Fixture.Bundled(name, seconds);
        return Summary.Of(scenario, policy, [.. new ulong[] { 1, 2 }.Select(seed => new SimulationRun(scenario, seed).Play(policy))]);
    }
}

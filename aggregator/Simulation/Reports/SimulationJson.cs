using System.Text;
using System.Text.Json;
using Homelab.Aggregator.Simulation.Figures;

namespace Homelab.Aggregator.Simulation.Reports;

/// <summary>Summaries as <c>homelab.simulation/v1</c>. Names carry units; a figure that does not apply is null.</summary>
internal static class SimulationJson
{
    public const string Schema = "homelab.simulation/v1";

    public static string Write(IEnumerable<Summary> summaries)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("schema", Schema);
            json.WriteStartArray("results");
            foreach (var summary in summaries)
                Result(json, summary);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.ToArray()) + "\n";
    }

    private static void Result(Utf8JsonWriter json, Summary summary)
    {
        json.WriteStartObject();
        json.WriteString("scenario", summary.Scenario);
        json.WriteString("policy", summary.Policy.Word());
        json.WriteNumber("seeds", summary.Seeds);
        json.WriteNumber("duration_seconds", summary.DurationSeconds);
        json.WriteNumber("budget_watts", summary.BudgetWatts);
        Number(json, "time_above_budget_ratio", summary.TimeAboveRatio);
        Number(json, "peak_excess_watts", summary.PeakExcessWatts);
        Number(json, "worst_event_joules", summary.WorstEventJoules);
        Number(json, "longest_event_seconds", summary.LongestEventSeconds);
        json.WriteStartObject("outside_budget_steps");
        Number(json, "time_above_budget_ratio", summary.OutsideSteps.TimeRatio);
        Number(json, "peak_excess_watts", summary.OutsideSteps.PeakWatts);
        Number(json, "worst_event_joules", summary.OutsideSteps.WorstEventJoules);
        json.WriteEndObject();
        if (summary.SettleP99 is { } p99)
        {
            json.WriteStartObject("settle_seconds");
            Number(json, "p99", p99);
            Number(json, "worst", summary.SettleWorst);
            json.WriteEndObject();
        }
        else
            json.WriteNull("settle_seconds");
        Number(json, "performance_vs_optimum", summary.PerformanceVsOptimum);
        Number(json, "performance_vs_robust", summary.PerformanceVsRobust);
        Number(json, "jain_index", summary.JainIndex);
        Number(json, "utilization_when_binding", summary.UtilizationWhenBinding);
        json.WriteStartObject("writes_per_node_minute");
        Number(json, "transient", summary.WritesPerNodeMinute);
        Number(json, "steady", summary.SteadyWritesPerNodeMinute);
        json.WriteEndObject();
        Violations(json, summary);
        Runs(json, summary);
        json.WriteEndObject();
    }

    private static void Violations(Utf8JsonWriter json, Summary summary)
    {
        json.WriteStartArray("violations");
        foreach (var (seed, violation) in summary.Violations)
        {
            json.WriteStartObject();
            json.WriteNumber("seed", seed);
            Number(json, "at_seconds", violation.At);
            Number(json, "for_seconds", violation.ForSeconds);
            Number(json, "watts", violation.Watts);
            json.WriteStartArray("nodes");
            foreach (var node in violation.Nodes)
                json.WriteStringValue(node);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Runs(Utf8JsonWriter json, Summary summary)
    {
        json.WriteStartArray("runs");
        foreach (var run in summary.Runs)
        {
            json.WriteStartObject();
            json.WriteNumber("seed", run.Seed);
            Number(json, "time_above_budget_ratio", run.TimeAboveRatio);
            Number(json, "peak_excess_watts", run.PeakExcessWatts);
            Number(json, "worst_event_joules", run.WorstEventJoules);
            Number(json, "longest_event_seconds", run.LongestEventSeconds);
            Number(json, "settle_seconds", run.SettleSeconds);
            Number(json, "performance_vs_optimum", run.PerformanceVsOptimum);
            Number(json, "jain_index", run.JainIndex);
            Number(json, "utilization_when_binding", run.UtilizationWhenBinding);
            json.WriteNumber("violations", run.Violations.Length);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>Six significant decimals: beyond them two machines' arithmetic may differ.</summary>
    private static void Number(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
            json.WriteNumber(name, Math.Round(number, 6));
        else
            json.WriteNull(name);
    }
}

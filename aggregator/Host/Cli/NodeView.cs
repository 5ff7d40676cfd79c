using System.Globalization;
using System.Text;
using Homelab.Aggregator.Api;

namespace Homelab.Aggregator.Cli;

/// <summary>One node as text: facts, sources, then every reading. Pure.</summary>
internal static class NodeView
{
    public static string Text(NodeDetailDocument detail, TerminalStyle style)
    {
        var text = new StringBuilder();
        AppendFacts(text, detail, style);
        AppendSources(text, detail.Sources, style);
        AppendReadings(text, detail.Readings, style);
        return text.ToString();
    }

    private static void AppendFacts(StringBuilder text, NodeDetailDocument detail, TerminalStyle style)
    {
        var node = detail.Node;
        text.Append(style.Bold(node.Name)).Append("  ").Append(style.State(node.Up ? node.State : "down", node.Up ? node.State : "unknown")).Append('\n');
        TextTable.Append(text,
        [
            ["power", node.Power.Watts is null ? FigureText.Absent : $"{FigureText.Watts(node.Power.Watts)} ±{FigureText.Percent(node.Power.UncertaintyRatio)} {node.Power.Provenance}, {node.Power.Source} ({node.Power.Scope})"],
            ..Usual(node.Power),
            ["energy", FigureText.Energy(node.EnergyJoules)],
            ["temperature", node.Temperature is { } picked ? $"{FigureText.Celsius(picked.Celsius)} {picked.Sensor}" : FigureText.Absent],
            ["processor use", FigureText.Percent(node.CpuUtilizationRatio)],
            ["throttled", node.Throttled.Count == 0 ? FigureText.Absent : string.Join(", ", node.Throttled)],
            ["was throttled", Past(node.Throttles)],
            ["machine", Known(node.Board, node.Processor, node.Architecture)],
            ..Shared(node),
            ["system", Known(node.OperatingSystem, detail.Machine.Kernel)],
            ["agent", Known(node.AgentVersion, node.Replay ? "replay of recorded files" : "", $"{node.Reconnects} reconnects", $"last seen {node.LastSeen ?? "never"}")],
        ]);
    }

    /// <summary>What does not show in "now": how long each reason held, and what the hardware remembers.</summary>
    private static string Past(IReadOnlyList<ThrottleDocument> throttles)
    {
        var words = throttles
            .Where(state => state.Seconds > 0 || state.SinceBoot == true)
            .Select(state => string.Create(
                CultureInfo.InvariantCulture, $"{state.Cause}{(state.Seconds > 0 ? $" {state.Seconds:0.#} s" : "")}{(state.SinceBoot == true ? " (since boot)" : "")}"));
        return string.Join(", ", words) is { Length: > 0 } text ? text : FigureText.Absent;
    }

    private static void AppendSources(StringBuilder text, IReadOnlyList<SourceDocument> sources, TerminalStyle style)
    {
        if (sources.Count == 0)
            return;
        text.Append('\n');
        var rows = new List<TextTable.Cell[]> { new TextTable.Cell[] { "SOURCE", "STATE", "TOOK", "FAILURES", "DETAIL" } };
        foreach (var source in sources)
        {
            var state = source.Success ? "ok" : "failed";
            rows.Add([source.Source, new(state, style.State(state, source.Success ? "ok" : "critical")),
                (source.DurationSeconds * 1e3).ToString("0.0 ms", CultureInfo.InvariantCulture), source.Failures.ToString(CultureInfo.InvariantCulture), source.Detail]);
        }
        TextTable.Append(text, rows, 2, 3);
    }

    private static void AppendReadings(StringBuilder text, IReadOnlyList<ReadingDocument> readings, TerminalStyle style)
    {
        if (readings.Count == 0)
            return;
        text.Append('\n');
        var rows = new List<TextTable.Cell[]> { new TextTable.Cell[] { "DEVICE", "CHANNEL", "LABEL", "VALUE", "UNIT", "QUALITY", "DETAIL" } };
        foreach (var reading in readings)
        {
            rows.Add([reading.Device, reading.Name, reading.Label,
                reading.Value?.ToString("0.###", CultureInfo.InvariantCulture) ?? FigureText.Absent, reading.Unit,
                new(reading.Quality, style.State(reading.Quality, reading.Quality == "ok" ? "ok" : "elevated")), reading.Detail]);
        }
        TextTable.Append(text, rows, 3);
    }

    /// <summary>What it draws at rest and at most, once it is known.</summary>
    private static IEnumerable<TextTable.Cell[]> Usual(NodePowerDocument power)
    {
        if (power is { IdleWatts: { } idle, PeakWatts: { } peak })
            yield return ["usual power", $"{FigureText.Watts(idle)} at rest, {FigureText.Watts(peak)} at peak"];
    }

    private static IEnumerable<TextTable.Cell[]> Shared(NodeDocument node)
    {
        if (node.SharedHost is { } host)
            yield return ["shared", $"machine {host.Name}, counted once, with {host.CountedBy}"];
        if (node.Cluster is { } cluster)
            yield return ["cluster", cluster];
    }

    private static string Known(params string[] parts)
    {
        var known = parts.Where(part => part.Length > 0).ToArray();
        return known.Length == 0 ? FigureText.Absent : string.Join(", ", known);
    }
}

using System.Text;
using Homelab.Aggregator.Api;

namespace Homelab.Aggregator.Cli;

/// <summary>The fleet as text. Pure: document in, text out.</summary>
internal static class FleetView
{
    private const int BarWidth = 20;

    /// <summary>Headline, bar and a row a node.</summary>
    /// <param name="mostNodes">Rows at most; the rest is a count.</param>
    public static string Status(FleetDocument fleet, TerminalStyle style, int mostNodes = int.MaxValue)
    {
        var text = new StringBuilder();
        text.Append(Headline(fleet, style)).Append('\n');
        if (fleet.Control?.Leader is { } leader)
            text.Append(Role(leader)).Append('\n');
        text.Append("Energy ").Append(FigureText.Energy(fleet.EnergyJoules));
        if (fleet.NodesMissing > 0)
            text.Append("   ").Append(fleet.NodesMissing).Append(fleet.NodesMissing == 1 ? " node gives no figure: the sum is a lower bound" : " nodes give no figure: the sum is a lower bound");
        text.Append("\n\n").Append(Nodes(fleet.Nodes, style, mostNodes));
        return text.ToString();
    }

    public static string Nodes(IReadOnlyList<NodeDocument> nodes, TerminalStyle style, int mostNodes = int.MaxValue)
    {
        if (nodes.Count == 0)
            return "No node has been heard yet. Start one: homelab-agent run\n";
        var hasClusters = nodes.Select(node => node.Cluster).OfType<string>().Distinct().Skip(1).Any();
        var rows = new List<TextTable.Cell[]> { new TextTable.Cell[] { "NODE", "POWER", "±", "QUALITY", "TEMP", "CPU", "ENERGY", "THROTTLE", "STATE" } };
        rows.AddRange(nodes.Take(mostNodes).Select(node => Row(node, style)));
        if (hasClusters)
            rows = [.. rows.Zip(nodes.Select(node => node.Cluster ?? FigureText.Absent).Prepend("CLUSTER"), (row, cluster) => (TextTable.Cell[])[.. row, cluster])];
        var text = new StringBuilder();
        TextTable.Append(text, rows, 1, 2, 4, 5, 6);
        foreach (var host in nodes.Where(node => node.SharedHost is not null).GroupBy(node => node.SharedHost!))
            text.Append(style.Dim($"{string.Join(" and ", host.Select(node => node.Name))} are on one machine ({host.Key.Name}): its watts and energy are counted once, with {host.Key.CountedBy}")).Append('\n');
        if (nodes.Count > mostNodes)
            text.Append(style.Dim($"+{nodes.Count - mostNodes} more")).Append('\n');
        return text.ToString();
    }

    /// <summary>One line for logs and pipes.</summary>
    public static string Line(FleetDocument fleet) =>
        $"{fleet.Time} {FigureText.Watts(fleet.Power.Watts)} of {FigureText.Setting(fleet.Budget.Watts)} {fleet.Power.State} " +
        string.Join(' ', fleet.Nodes.Select(node => $"{node.Name}={FigureText.Watts(node.Power.Watts).Replace(" ", "", StringComparison.Ordinal)}"));

    private static string Headline(FleetDocument fleet, TerminalStyle style)
    {
        var power = fleet.Power;
        var ratio = power.Watts / fleet.Budget.Watts;
        var mark = power.State switch { "ok" => "●", "elevated" => "▲", "critical" => "■", _ => "?" };
        return style.Bold($"Fleet  {FigureText.Watts(power.Watts)} of {FigureText.Setting(fleet.Budget.Watts)}") +
            $"  {style.State(Bar(ratio), power.State)}  {FigureText.Percent(ratio)}   headroom {FigureText.Watts(power.HeadroomWatts)}" +
            $"{(power.UncertaintyRatio is null ? "" : $"   ±{FigureText.Percent(power.UncertaintyRatio)}")}   {style.State($"{mark} {power.State}", power.State)}";
    }

    private static string Role(LeaderDocument leader) =>
        leader.IsLeader ? $"Leads, term {leader.Term}"
        : $"Stands by: {(leader.Leader.Length == 0 || leader.Leader == leader.Self ? "none leads at the moment" : $"{leader.Leader} leads, and has the nodes")}{(leader.Trouble.Length > 0 ? $" ({leader.Trouble})" : "")}";

    private static string Bar(double? ratio)
    {
        var full = (int)Math.Round(Math.Clamp(ratio ?? 0, 0, 1) * BarWidth);
        return new string('█', full) + new string('░', BarWidth - full);
    }

    private static TextTable.Cell[] Row(NodeDocument node, TerminalStyle style)
    {
        var state = node.Up ? node.Link == "stale" ? $"{node.State} (late)" : node.State : "down";
        return
        [
            node.Replay ? node.Name + " (replay)" : node.Name,
            FigureText.Watts(node.Power.Watts),
            node.Power.Watts is null ? FigureText.Absent : FigureText.Percent(node.Power.UncertaintyRatio),
            node.Up ? node.Power.Provenance : FigureText.Absent,
            FigureText.Celsius(node.Temperature?.Celsius),
            FigureText.Percent(node.CpuUtilizationRatio),
            FigureText.Energy(node.EnergyJoules),
            node.Throttled.Count == 0 ? FigureText.Absent : "● " + string.Join(',', node.Throttled),
            new(state, style.State(state, node.Up ? node.State : "unknown")),
        ];
    }
}

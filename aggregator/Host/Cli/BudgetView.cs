using System.Globalization;
using System.Text;
using Homelab.Aggregator.Api;

namespace Homelab.Aggregator.Cli;

/// <summary>The budget as text. Pure: document in, text out.</summary>
internal static class BudgetView
{
    /// <summary>What holds and why, alarms, the tree, then a row a node.</summary>
    public static string State(BudgetStateDocument state, TerminalStyle style, TimeZoneInfo zone)
    {
        var text = new StringBuilder();
        var control = state.Control;
        text.Append(style.Bold($"Budget  {FigureText.Setting(control.BudgetWatts)}")).Append($"  {control.BudgetReason}   mode {control.Mode}")
            .Append($"   committed {FigureText.Watts(control.CommittedWatts)} of {FigureText.Watts(control.AllocatableWatts)} (guard {FigureText.Watts(control.GuardWatts)})\n");
        foreach (var over in state.Overrides)
            text.Append($"override  {over.Group} {FigureText.Setting(over.Watts)} {(over.Until is null ? "until cleared" : "until " + Local(over.Until, zone, "yyyy-MM-dd HH:mm"))}\n");
        foreach (var alarm in control.Alarms)
            text.Append(style.State($"■ {alarm.Alarm}{(alarm.Node is null ? "" : " " + alarm.Node)}: {alarm.Text} (since {Local(alarm.Since, zone, "HH:mm:ss")})", "critical")).Append('\n');
        foreach (var proposal in control.Proposals)
            text.Append($"proposal  switch {proposal.Node} off: frees {FigureText.Watts(proposal.FreesWatts)}; {proposal.Reason}\n");
        if (control.StorageFailure.Length > 0)
            text.Append(style.State($"■ not stored: {control.StorageFailure}", "critical")).Append('\n');
        AppendGroups(text, control.Groups);
        AppendNodes(text, state.Nodes, style);
        return text.ToString();
    }

    /// <summary>A line a decision, oldest first.</summary>
    public static string History(DecisionsDocument history, TimeZoneInfo zone)
    {
        if (history.Decisions.Count == 0)
            return "Nothing was decided in that time.\n";
        var text = new StringBuilder();
        TextTable.Append(text, [.. history.Decisions.Select(each => new TextTable.Cell[]
        {
            Local(each.Time, zone, "MM-dd HH:mm:ss"), each.Node ?? "fleet", each.Kind, Step(each), each.Reason,
        })]);
        return text.ToString();
    }

    public static string Order(OrderDocument order)
    {
        var text = new StringBuilder(order.Text).Append('\n');
        foreach (var effect in order.Effects)
            text.Append("  ").Append(effect).Append('\n');
        return order.Applied ? text.ToString() : text.Append("Nothing was changed. Add --yes to do it.\n").ToString();
    }

    /// <summary><c>41.0 → 28.5 W</c>; empty when no cap changed.</summary>
    public static string Step(DecisionDocument decision) => (decision.FromWatts, decision.ToWatts) switch
    {
        ({ } from, { } to) => $"{from.ToString("0.0", CultureInfo.InvariantCulture)} → {FigureText.Watts(to)}",
        (null, { } to) => $"→ {FigureText.Watts(to)}",
        _ => "",
    };

    public static string Local(string time, TimeZoneInfo zone, string form) =>
        DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.None, out var at)
            ? TimeZoneInfo.ConvertTime(at, zone).ToString(form, CultureInfo.InvariantCulture)
            : time;

    private static void AppendGroups(StringBuilder text, IReadOnlyList<GroupDocument> groups)
    {
        if (groups.Count < 2)
            return;
        text.Append('\n');
        var rows = new List<TextTable.Cell[]> { new TextTable.Cell[] { "GROUP", "LIMIT", "USABLE", "COMMITTED", "MEASURED", "LINE" } };
        rows.AddRange(groups.Select(group => new TextTable.Cell[]
        {
            group.Name, FigureText.Setting(group.LimitWatts), FigureText.Watts(group.AllocatableWatts), FigureText.Watts(group.CommittedWatts),
            FigureText.Watts(group.MeasuredWatts), (group.IsHard ? "hard" : "bounded") + (group.IsInfeasible ? ", floors do not fit" : ""),
        }));
        TextTable.Append(text, rows, 1, 2, 3, 4);
    }

    private static void AppendNodes(StringBuilder text, IReadOnlyList<NodeBudgetDocument> nodes, TerminalStyle style)
    {
        if (nodes.Count == 0)
        {
            text.Append("\nNo node has been heard yet.\n");
            return;
        }
        text.Append('\n');
        var rows = new List<TextTable.Cell[]> { new TextTable.Cell[] { "NODE", "POWER", "CAP", "EFFECTIVE", "COMMITTED", "DEMAND", "FLOOR", "CEILING", "SAFE", "STANDING", "WHY" } };
        rows.AddRange(nodes.Select(node => new TextTable.Cell[]
        {
            node.Name, FigureText.Watts(node.PowerWatts), FigureText.Watts(node.Control.CapWatts), FigureText.Watts(node.Control.EffectiveWatts),
            FigureText.Watts(node.Control.CommittedWatts), FigureText.Watts(node.Control.DemandWatts), FigureText.Watts(node.Control.FloorWatts),
            FigureText.Watts(node.Control.CeilingWatts), FigureText.Watts(node.Control.SafeShareWatts),
            new(node.Control.Standing, style.State(node.Control.Standing, node.Control.Standing switch { "held" => "ok", "observing" => "unknown", _ => "elevated" })),
            node.Control.Reason,
        }));
        TextTable.Append(text, rows, 1, 2, 3, 4, 5, 6, 7, 8);
    }
}

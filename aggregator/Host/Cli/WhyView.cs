using System.Text;
using Homelab.Aggregator.Api;

namespace Homelab.Aggregator.Cli;

/// <summary>Why one node is held as it is, in sentences. Pure.</summary>
internal static class WhyView
{
    public const int MostLines = 20;

    /// <param name="stands">How it stands now; null when the control loop does not know it.</param>
    public static string Text(string node, NodeBudgetDocument? stands, DecisionsDocument history, TimeZoneInfo zone)
    {
        var text = new StringBuilder();
        text.Append(Now(node, stands)).Append('\n');
        if (history.Decisions.Count > 0)
            text.Append('\n');
        foreach (var decision in history.Decisions)
            text.Append(BudgetView.Local(decision.Time, zone, "MM-dd HH:mm:ss")).Append("  ").Append(Sentence(decision)).Append('\n');
        return text.ToString();
    }

    private static string Now(string node, NodeBudgetDocument? stands)
    {
        if (stands is not { Control: var control })
            return $"{node} is not known to the control loop.";
        var held = control switch
        {
            { Standing: "observing" } => "is not held: its agent does not enforce",
            { CapWatts: { } cap } => $"may draw {FigureText.Watts(cap)}" + (control.EffectiveWatts is { } effective && Math.Abs(effective - cap) >= 0.05 ? $" and is held to {FigureText.Watts(effective)}" : ""),
            _ => "has no cap",
        };
        var reserved = control.Standing is "held" or "observing" ? "" : $", {control.Standing}: {FigureText.Watts(control.CommittedWatts)} are reserved for it";
        var wants = control.IsBiting ? $"; it wants {FigureText.Watts(control.DemandWatts)}" : "";
        return $"{node} {held}{wants}{reserved}. {control.Reason}".TrimEnd();
    }

    private static string Sentence(DecisionDocument decision)
    {
        var step = BudgetView.Step(decision);
        return decision.Kind + (step.Length == 0 ? "" : " " + step) + ": " + decision.Reason;
    }
}

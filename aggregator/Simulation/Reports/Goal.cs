using System.Collections.Immutable;
using System.Globalization;
using Homelab.Aggregator.Simulation.Figures;

namespace Homelab.Aggregator.Simulation.Reports;

/// <summary>One figure that must be reached.</summary>
/// <param name="Text">What it is, for people.</param>
/// <param name="Scenarios">All of these count; the worst of them is the figure.</param>
/// <param name="Figure">Null where it does not apply.</param>
/// <param name="IsAtMost">True: the figure must not be above the bound; false: not below.</param>
/// <param name="Form">Number format.</param>
/// <param name="IsStretch">Worth showing how far it is; not counted as missed.</param>
internal sealed record Goal(
    string Text, ImmutableArray<string> Scenarios, Policy Policy, Func<Summary, double?> Figure, bool IsAtMost, double Bound, string Form, bool IsStretch = false)
{
    /// <summary>The worst of the scenarios under a policy; null when it was not run in all of them.</summary>
    public double? Measure(Policy policy, ImmutableArray<Summary> summaries)
    {
        double? worst = null;
        foreach (var name in Scenarios)
        {
            var figure = summaries.FirstOrDefault(one => one.Scenario == name && one.Policy == policy) is { } found ? Figure(found) : null;
            if (figure is not { } value)
                return null;
            worst = worst is not { } before ? value : IsAtMost ? Math.Max(before, value) : Math.Min(before, value);
        }
        return worst;
    }

    public bool IsMet(double figure) => IsAtMost ? figure <= Bound : figure >= Bound;

    public string Write(double? figure) => figure?.ToString(Form, CultureInfo.InvariantCulture) ?? "–";

    public string BoundText => (IsAtMost ? "≤ " : "≥ ") + Bound.ToString(Form.Contains('0', StringComparison.Ordinal) ? Form.Replace("0.0000", "0.####", StringComparison.Ordinal) : Form, CultureInfo.InvariantCulture);
}

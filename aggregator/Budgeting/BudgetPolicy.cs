using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>What the fleet may draw, and when it is worth a warning.</summary>
/// <param name="Budget">Most the fleet may draw; above zero.</param>
/// <param name="WarnRatio">Share of the budget from which the state is elevated; above 0, below 1.</param>
/// <param name="ClearHysteresis">How far, as a share of the budget, the draw must fall below a threshold before that
/// state clears; 0 or more, below <paramref name="WarnRatio"/>. It keeps a draw that sits on a threshold from flapping.</param>
internal sealed record BudgetPolicy(Power Budget, double WarnRatio = BudgetPolicy.DefaultWarnRatio, double ClearHysteresis = BudgetPolicy.DefaultClearHysteresis)
{
    public const double DefaultWarnRatio = 0.90;
    public const double DefaultClearHysteresis = 0.03;
}

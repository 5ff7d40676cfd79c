using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>The fleet's draw against its budget at one moment.</summary>
/// <param name="Power">Sum over the nodes that have a figure, each machine once; null when none has. A lower bound while <paramref name="Missing"/> is above 0.</param>
/// <param name="Uncertainty">± share of <paramref name="Power"/>, 0 or more; null with it.</param>
/// <param name="Budget">The policy's budget.</param>
/// <param name="Headroom">Budget less power, negative above the budget; null with <paramref name="Power"/>.</param>
/// <param name="State">With hysteresis against the previous state.</param>
/// <param name="Reporting">Nodes with a figure.</param>
/// <param name="Missing">Nodes known without a figure, on machines that no other node gives one for.</param>
internal sealed record FleetBalance(
    Power? Power, double? Uncertainty, Power Budget, Power? Headroom, FleetState State, int Reporting, int Missing)
{
    /// <summary>Above the budget now, without hysteresis: what counts as time over budget.</summary>
    public bool IsOverBudget => Power > Budget;

    /// <summary>Pure; the order of the draws does not matter.</summary>
    public static FleetBalance Of(IReadOnlyCollection<NodeDraw> draws, BudgetPolicy policy, FleetState previous)
    {
        Int128 microwatts = 0;
        var (counted, reporting, missing) = (0, 0, 0);
        foreach (var draw in draws)
        {
            if (draw.Watts is not { } watts)
            {
                missing += draw.IsRepeated ? 0 : 1;
                continue;
            }
            reporting++;
            if (draw.IsRepeated)
                continue;
            microwatts += watts.Microwatts;
            counted++;
        }
        if (counted == 0)
            return new FleetBalance(null, null, policy.Budget, null, FleetState.Unknown, 0, missing);

        var power = Saturated(microwatts);
        var headroom = Saturated((Int128)policy.Budget.Microwatts - power.Microwatts);
        return new FleetBalance(
            power, Combine(draws, power), policy.Budget, headroom, Judge(power / policy.Budget, policy, previous),
            reporting, missing);
    }

    /// <summary>Enters a state at its threshold, and leaves it only when the ratio is the hysteresis below that threshold.</summary>
    private static FleetState Judge(double ratio, BudgetPolicy policy, FleetState previous)
    {
        if (ratio > 1 || (previous == FleetState.Critical && ratio > 1 - policy.ClearHysteresis))
            return FleetState.Critical;
        var wasRaised = previous is FleetState.Elevated or FleetState.Critical;
        var threshold = wasRaised ? policy.WarnRatio - policy.ClearHysteresis : policy.WarnRatio;
        return ratio >= threshold ? FleetState.Elevated : FleetState.Ok;
    }

    /// <summary>Three boards behind one model are wrong together, so errors of one source add up; sources err
    /// independently of each other, so their sums combine as the root of squares.</summary>
    private static double Combine(IReadOnlyCollection<NodeDraw> draws, Power total)
    {
        var bySource = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var draw in draws)
        {
            if (draw is { Watts: { } watts, IsRepeated: false })
                bySource[draw.Source] = bySource.GetValueOrDefault(draw.Source) + Math.Abs(watts.Watts) * draw.Uncertainty;
        }
        var squares = bySource.Values.Sum(error => error * error);
        return squares == 0 ? 0 : total.Microwatts == 0 ? 1 : Math.Sqrt(squares) / Math.Abs(total.Watts);
    }

    private static Power Saturated(Int128 microwatts) =>
        new((long)Int128.Clamp(microwatts, long.MinValue, long.MaxValue));
}

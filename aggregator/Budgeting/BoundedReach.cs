using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>What a bounded group may give out beyond its limit: the floors of idle nodes, as far as they do not draw them, up to 9 % of the limit.</summary>
/// <remarks>When idle nodes wake they reach their floors before the others are cut: that is the excess of a few seconds that bounded mode allows.</remarks>
internal static class BoundedReach
{
    /// <summary>What the group may draw above its limit for seconds.</summary>
    public const double Most = 0.10;

    /// <summary>Less than <see cref="Most"/>: limiters err, and a cut takes a moment to bite.</summary>
    private const double Lent = 0.09;

    private const double Headroom = 0.03;
    private static readonly Power LeastHeadroom = Power.FromMilliwatts(400);

    public static Power Of(BudgetTree tree, int group, NodeState[] nodes, Power limit, TimeSpan now)
    {
        var (first, end) = tree.SlotsOf(group);
        var unused = Power.Zero;
        for (var slot = first; slot < end; slot++)
        {
            var ledger = nodes[slot].Ledger;
            if (!ledger.Traits.IsEnforcing || ledger.CountedBy is not null || !ledger.HasJoined || ledger.IsSilent(now) || ledger.Measured is not { } measured)
                continue;
            var draws = measured + Power.Max((ledger.Ceiling - Power.Min(ledger.Traits.Idle, ledger.Ceiling)) * Headroom, LeastHeadroom);
            unused += Power.Max(Power.Zero, ledger.Floor - draws);
        }
        return Power.Min(unused, limit * Lent);
    }
}

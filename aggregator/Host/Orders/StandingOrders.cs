using System.Collections.Immutable;
using Homelab.Aggregator.Budgeting;

namespace Homelab.Aggregator.Orders;

/// <summary>A mode chosen at run time.</summary>
/// <param name="Configured">What the configuration said then; once it says something else, it is the newer word and wins.</param>
internal sealed record ModeSwitch(ControlMode Mode, ControlMode Configured);

/// <summary>What the operator told the running aggregator; it outlives the process. Immutable.</summary>
/// <param name="Overrides">At most one a group, ordered by group.</param>
/// <param name="Mode">Null while the configured mode holds.</param>
/// <param name="IsOnBattery">The on-battery profile is in force.</param>
internal sealed record StandingOrders(ImmutableArray<BudgetOverride> Overrides, ModeSwitch? Mode, bool IsOnBattery)
{
    public static readonly StandingOrders None = new([], null, false);

    public StandingOrders With(BudgetOverride added) =>
        this with { Overrides = [.. Overrides.Where(each => each.Group != added.Group).Append(added).OrderBy(each => each.Group, StringComparer.Ordinal)] };

    /// <summary>Null clears every group. The same instance when there was none.</summary>
    public StandingOrders Without(string? group)
    {
        var left = Overrides.RemoveAll(each => group is null || each.Group == group);
        return left.Length == Overrides.Length ? this : this with { Overrides = left };
    }

    /// <summary>Drops what is over. The same instance when nothing is.</summary>
    public StandingOrders At(DateTimeOffset wall)
    {
        var left = Overrides.RemoveAll(each => each.Until <= wall);
        return left.Length == Overrides.Length ? this : this with { Overrides = left };
    }
}

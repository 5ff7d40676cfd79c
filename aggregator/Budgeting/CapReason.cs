using System.Globalization;
using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>What a cap comes from.</summary>
internal enum ReasonKind
{
    None = 0,
    Reserved = 1,
    Infeasible = 2,
    Brake = 3,
    Trip = 4,
    Share = 5,
    Fits = 6,
    Shared = 7,
}

/// <summary>Why a cap is what it is, in one line for people.</summary>
internal static class CapReason
{
    /// <summary>The innermost group that holds the node down, and how.</summary>
    public static (ReasonKind Kind, int Group) Find(FleetPlan plan, int slot, bool isFixed, ReadOnlySpan<long> over)
    {
        if (plan.Nodes[slot].Ledger.CountedBy is not null)
            return (ReasonKind.Shared, 0);
        if (isFixed)
            return (ReasonKind.Reserved, 0);
        for (var group = plan.Tree.GroupOf(slot); group >= 0; group = plan.Tree.ParentOf(group))
        {
            if (plan.IsInfeasible(group))
                return (ReasonKind.Infeasible, group);
            if (over[group] > 0)
                return (plan.GroupAt(group).IsBraking ? ReasonKind.Brake : ReasonKind.Trip, group);
        }
        for (var group = plan.Tree.GroupOf(slot); group >= 0; group = plan.Tree.ParentOf(group))
        {
            if (plan.Wanted[group] > plan.Allocatable[group])
                return (ReasonKind.Share, group);
        }
        return (ReasonKind.Fits, 0);
    }

    public static string Of(FleetPlan plan, int slot, (ReasonKind Kind, int Group) found, ReadOnlySpan<long> over, ControlPolicy policy)
    {
        var it = plan.Tree.Groups[found.Group];
        return found.Kind switch
        {
            ReasonKind.Shared => $"on the machine that {plan.Nodes[slot].Ledger.CountedBy} counts for: counted and held there, once",
            ReasonKind.Reserved => "can not be moved now: what it can reach stays reserved",
            ReasonKind.Infeasible => $"the floors of {it.Name} alone are above its {Watts(it.Limit)}: held at its floor",
            ReasonKind.Brake => $"{it.Name} stayed above {Watts(it.Limit)}: everything is held at its floor",
            ReasonKind.Trip => $"{it.Name} at {Watts(it.Limit + new Power(over[found.Group]))} of {Watts(it.Limit)}: cut at once",
            ReasonKind.Share => $"{it.Name} wants {Watts(new Power(plan.Wanted[found.Group]))} of {Watts(new Power(plan.Allocatable[found.Group]))}; share of {ClassOf(plan.Nodes[slot], policy)}",
            _ => "the fleet's wants fit: the rest is headroom",
        };
    }

    public static string Watts(Power power) => power.Watts.ToString("0.0", CultureInfo.InvariantCulture) + " W";

    /// <summary>"41.0 → 28.5 W".</summary>
    public static string Change(Power? from, Power? to)
    {
        var start = from is { } before ? before.Watts.ToString("0.0", CultureInfo.InvariantCulture) : "uncapped";
        return $"{start} → {(to is { } after ? Watts(after) : "uncapped")}";
    }

    private static string ClassOf(NodeState node, ControlPolicy policy)
    {
        foreach (var one in policy.Classes)
        {
            if (one.Name.Length > 0 && one.Name == node.Ledger.Traits.PriorityClass)
                return "class " + one.Name;
        }
        return "its class";
    }
}

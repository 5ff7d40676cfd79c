using System.Globalization;
using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>Why a cap is what it is, in one line for people.</summary>
internal static class CapReason
{
    public static string Of(FleetPlan plan, int slot, bool isFixed, ReadOnlySpan<long> over, ControlPolicy policy)
    {
        if (isFixed)
            return "can not be moved now: what it can reach stays reserved";
        for (var group = plan.Tree.GroupOf(slot); group >= 0; group = plan.Tree.ParentOf(group))
        {
            var it = plan.Tree.Groups[group];
            if (plan.IsInfeasible(group))
                return $"the floors of {it.Name} alone are above its {Watts(it.Limit)}: held at its floor";
            if (over[group] > 0 && plan.GroupAt(group).IsBraking)
                return $"{it.Name} stayed above {Watts(it.Limit)}: everything is held at its floor";
            if (over[group] > 0)
                return $"{it.Name} at {Watts(it.Limit + new Power(over[group]))} of {Watts(it.Limit)}: cut at once";
        }
        for (var group = plan.Tree.GroupOf(slot); group >= 0; group = plan.Tree.ParentOf(group))
        {
            if (plan.Wanted[group] > plan.Allocatable[group])
                return $"{plan.Tree.Groups[group].Name} wants {Watts(new Power(plan.Wanted[group]))} of {Watts(new Power(plan.Allocatable[group]))}; share of {ClassOf(plan.Nodes[slot], policy)}";
        }
        return "the fleet's wants fit: the rest is headroom";
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

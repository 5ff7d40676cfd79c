using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>Who gets how much: floors, then weighted max-min by class, then what is left as headroom; every level of the tree holds at once.</summary>
/// <remarks>
/// A group inside a group is filled first; what its nodes get there is the most they can want outside. That is the exact nested max-min: a node's
/// level is the lowest of the levels above it. Too little for the floors means floors, and a flag: caps never rise because a budget is too small.
/// </remarks>
internal static class BudgetAllocator
{
    public static void Allocate(Allotment it)
    {
        LayFloors(it);
        it.Remaining.CopyTo(it.Base, 0);
        for (var priority = 0; priority < it.Guarantee.Length; priority++)
            FillClass(it, priority);
        GiveHeadroom(it, steppedToo: true);
        if (!Quantise(it))
            return;
        FillUnmet(it);
        StepUpUnmet(it);
        GiveHeadroom(it, steppedToo: false);
    }

    /// <summary>What each node falls to by itself: floors, and an equal part of each range; Σ at most the allocatable watts at every level. Into <see cref="Allotment.Cap"/>.</summary>
    public static void AllocateSafeShares(Allotment it)
    {
        LayFloors(it);
        GiveHeadroom(it, steppedToo: true);
        Quantise(it);
    }

    /// <summary>The largest cap that the node can hold at or below <paramref name="cap"/>; its floor when there is none.</summary>
    public static Power Quantise(ImmutableArray<Power> steps, Power cap, Power floor)
    {
        if (steps.IsEmpty)
            return cap;
        var index = steps.AsSpan().BinarySearch(cap);
        var step = index >= 0 ? cap : ~index > 0 ? steps[~index - 1] : floor;
        return Power.Max(step, floor);
    }

    private static void LayFloors(Allotment it)
    {
        for (var slot = 0; slot < it.Cap.Length; slot++)
            it.Cap[slot] = it.Share[slot] = it.Floor[slot];
        SumShares(it);
        for (var group = 0; group < it.Remaining.Length; group++)
        {
            var left = it.Allocatable[group] - it.Sum[group];
            it.IsInfeasible[group] = left < 0;
            it.Remaining[group] = Math.Max(0, left);
        }
    }

    private static void FillClass(Allotment it, int priority)
    {
        it.Remaining.CopyTo(it.Limit, 0);
        for (var lower = priority + 1; lower < it.Guarantee.Length; lower++)
        {
            if (it.Guarantee[lower] > 0)
                SetAside(it, lower);
        }
        for (var slot = 0; slot < it.Cap.Length; slot++)
            it.Share[slot] = it.Class[slot] == priority ? Unmet(it, slot) : 0;
        FillTree(it);
    }

    /// <summary>Takes a lower class's guarantee out of the limits, as far as that class wants it.</summary>
    private static void SetAside(Allotment it, int priority)
    {
        for (var slot = 0; slot < it.Cap.Length; slot++)
            it.Share[slot] = it.Class[slot] == priority ? Unmet(it, slot) : 0;
        SumShares(it);
        for (var group = 0; group < it.Limit.Length; group++)
            it.Limit[group] = Math.Max(0, it.Limit[group] - Math.Min(it.Sum[group], (long)(it.Guarantee[priority] * it.Base[group])));
    }

    private static void GiveHeadroom(Allotment it, bool steppedToo)
    {
        it.Remaining.CopyTo(it.Limit, 0);
        for (var slot = 0; slot < it.Cap.Length; slot++)
            it.Share[slot] = steppedToo || it.Steps[slot].IsEmpty ? Math.Max(0, it.Ceiling[slot] - it.Cap[slot]) : 0;
        FillTree(it);
    }

    /// <summary>What rounding down freed goes to those who want it and can take any amount.</summary>
    private static void FillUnmet(Allotment it)
    {
        it.Remaining.CopyTo(it.Limit, 0);
        for (var slot = 0; slot < it.Cap.Length; slot++)
            it.Share[slot] = it.Steps[slot].IsEmpty ? Unmet(it, slot) : 0;
        FillTree(it);
    }

    private static void StepUpUnmet(Allotment it)
    {
        for (var slot = 0; slot < it.Cap.Length; slot++)
        {
            if (it.Steps[slot].IsEmpty || Unmet(it, slot) == 0 || NextStep(it, slot) is not { } next)
                continue;
            var more = next - it.Cap[slot];
            if (Room(it, slot) < more)
                continue;
            it.Cap[slot] = next;
            Take(it, slot, more);
        }
    }

    /// <summary>False when no node has steps.</summary>
    private static bool Quantise(Allotment it)
    {
        var any = false;
        for (var slot = 0; slot < it.Cap.Length; slot++)
        {
            if (it.Steps[slot].IsEmpty)
                continue;
            any = true;
            var held = Quantise(it.Steps[slot], new Power(it.Cap[slot]), new Power(it.Floor[slot])).Microwatts;
            Take(it, slot, held - it.Cap[slot]);
            it.Cap[slot] = held;
        }
        return any;
    }

    private static long Unmet(Allotment it, int slot) => Math.Max(0, Math.Min(it.Demand[slot], it.Ceiling[slot]) - it.Cap[slot]);

    private static long? NextStep(Allotment it, int slot)
    {
        var steps = it.Steps[slot].AsSpan();
        var index = steps.BinarySearch(new Power(it.Cap[slot]));
        index = index >= 0 ? index + 1 : ~index;
        return index < steps.Length && steps[index].Microwatts <= it.Ceiling[slot] ? steps[index].Microwatts : null;
    }

    private static long Room(Allotment it, int slot)
    {
        var room = long.MaxValue;
        for (var group = it.Tree.GroupOf(slot); group >= 0; group = it.Tree.ParentOf(group))
            room = Math.Min(room, it.Remaining[group]);
        return room;
    }

    private static void Take(Allotment it, int slot, long more)
    {
        for (var group = it.Tree.GroupOf(slot); group >= 0; group = it.Tree.ParentOf(group))
        {
            if (!it.IsInfeasible[group])
                it.Remaining[group] -= more;
        }
    }

    /// <summary>Fills the shares within the limits of every group, innermost first, and books them.</summary>
    private static void FillTree(Allotment it)
    {
        for (var group = it.Limit.Length - 1; group >= 0; group--)
        {
            var (first, end) = it.Tree.SlotsOf(group);
            var shares = it.Share.AsSpan(first, end - first);
            long wanted = 0;
            foreach (var share in shares)
                wanted += share;
            if (wanted > it.Limit[group])
                WaterLevel.Fill(shares, it.Weight.AsSpan(first, shares.Length), it.Limit[group], it.Ratio.AsSpan(first), it.Order.AsSpan(first));
        }
        SumShares(it);
        for (var group = 0; group < it.Remaining.Length; group++)
            it.Remaining[group] = Math.Max(0, it.Remaining[group] - it.Sum[group]);
        for (var slot = 0; slot < it.Cap.Length; slot++)
            it.Cap[slot] += it.Share[slot];
    }

    private static void SumShares(Allotment it)
    {
        Array.Clear(it.Sum);
        for (var slot = 0; slot < it.Share.Length; slot++)
            it.Sum[it.Tree.GroupOf(slot)] += it.Share[slot];
        for (var group = it.Sum.Length - 1; group > 0; group--)
            it.Sum[it.Tree.ParentOf(group)] += it.Sum[group];
    }
}

using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>Which nodes to switch off when the floors alone are too much: lowest class first, and of a class the one that frees most.</summary>
internal static class ShutdownAdvice
{
    public static ImmutableArray<ShutdownProposal> Of(FleetPlan plan)
    {
        var proposed = new HashSet<int>();
        var proposals = ImmutableArray.CreateBuilder<ShutdownProposal>();
        for (var group = plan.Tree.GroupCount - 1; group >= 0; group--)
        {
            if (plan.IsInfeasible(group))
                Propose(plan, group, proposed, proposals);
        }
        return proposals.ToImmutable();
    }

    private static void Propose(FleetPlan plan, int group, HashSet<int> proposed, ImmutableArray<ShutdownProposal>.Builder proposals)
    {
        var (first, end) = plan.Tree.SlotsOf(group);
        var excess = -plan.Allocatable[group];
        var candidates = new List<int>();
        for (var slot = first; slot < end; slot++)
        {
            var frees = Frees(plan, slot).Microwatts;
            excess += frees;
            if (proposed.Contains(slot))
                excess -= frees;
            else if (plan.Nodes[slot].Ledger.CountedBy is null)
                candidates.Add(slot);
        }
        candidates.Sort((left, right) =>
        {
            var byClass = plan.Asked[right].Class.CompareTo(plan.Asked[left].Class);
            return byClass != 0 ? byClass : Frees(plan, right).CompareTo(Frees(plan, left));
        });
        foreach (var slot in candidates)
        {
            if (excess <= 0)
                break;
            var frees = Frees(plan, slot);
            excess -= frees.Microwatts;
            proposed.Add(slot);
            proposals.Add(new ShutdownProposal(plan.Nodes[slot].Ledger.Name, frees, $"{plan.Tree.Groups[group].Name} can not hold its {CapReason.Watts(plan.Tree.Groups[group].Limit)} with all of its nodes on"));
        }
    }

    /// <summary>What the node can not be held below.</summary>
    private static Power Frees(FleetPlan plan, int slot) => new(plan.FloorOf(slot));
}

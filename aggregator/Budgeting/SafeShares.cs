using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>What each node falls to by itself when nobody speaks to it: its floor, and an equal part of its range; Σ at most 97 % of what there is, at every level.</summary>
/// <remarks>They rest on what is slow to change (limits, traits, the trim in coarse steps), because nodes keep them on their disks.</remarks>
internal sealed class SafeShares
{
    private const double Part = 0.97;
    private const double TrimStep = 0.02;
    private readonly Allotment _it;
    private readonly NodeState[] _nodes;
    private readonly int[] _trimSteps;
    private bool _isFresh;

    public SafeShares(BudgetTree tree, NodeState[] nodes, ControlPolicy policy)
    {
        (_nodes, _it, _trimSteps) = (nodes, new Allotment(tree, policy.Classes.Length), new int[tree.GroupCount]);
    }

    /// <summary>Per group, microwatts: what the shares may add up to.</summary>
    public ReadOnlySpan<long> Allocatable => _it.Allocatable;

    public Power Of(int slot) => new(_it.Cap[slot]);

    /// <summary>A node's traits have changed.</summary>
    public void Invalidate() => _isFresh = false;

    public void Refresh(GroupState[] groups)
    {
        for (var group = 0; group < groups.Length; group++)
        {
            var limit = _it.Tree.Groups[group].Limit;
            var part = limit > Power.Zero ? Math.Max(0, groups[group].Trim(limit) / limit) / TrimStep : 0;
            // Up at once, down only when a whole step is gone.
            if (part <= _trimSteps[group] && part > _trimSteps[group] - 1.5)
                continue;
            (_trimSteps[group], _isFresh) = ((int)Math.Ceiling(part), false);
        }
        if (_isFresh)
            return;
        _isFresh = true;
        Compute(guarded: false);
        Compute(guarded: true);
    }

    /// <summary>The guard depends on the shares, which depend on the guard: twice is near enough, since a 3 % margin is left.</summary>
    private void Compute(bool guarded)
    {
        for (var group = 0; group < _it.Allocatable.Length; group++)
        {
            var limit = _it.Tree.Groups[group].Limit;
            var guard = limit * 0.005 + (guarded ? Guard(group) : Power.Zero);
            _it.Allocatable[group] = ((limit - _it.Tree.UnmanagedOf(group) - guard - limit * (TrimStep * _trimSteps[group])) * Part).Microwatts;
        }
        var isWhole = IsWhole();
        for (var slot = 0; slot < _nodes.Length; slot++)
        {
            var ledger = _nodes[slot].Ledger;
            if (ledger.CountedBy is not null)
            {
                (_it.Floor[slot], _it.Ceiling[slot], _it.Weight[slot], _it.Steps[slot]) = (0, 0, 1, []);
                continue;
            }
            var floor = ledger.IsAwaited ? ledger.Awaited : ledger.Traits.IsEnforcing ? ledger.Floor : ledger.Unheld;
            floor = Power.Max(floor, ledger.OthersShare);
            // While some are not known anew, the others keep what they have: two aggregators that each see a part must not share out differently.
            var ceiling = Power.Max(floor, ledger.IsRemembered && !isWhole ? ledger.SafeShare : ledger.Ceiling);
            (_it.Floor[slot], _it.Ceiling[slot]) = (floor.Microwatts, ceiling.Microwatts);
            _it.Weight[slot] = Math.Max(1, (ceiling - floor).Microwatts);
            _it.Steps[slot] = ledger.Traits.Steps;
        }
        BudgetAllocator.AllocateSafeShares(_it);
    }

    private bool IsWhole()
    {
        foreach (var node in _nodes)
        {
            if (node.Ledger is { IsAwaited: true, IsRemembered: true })
                return false;
        }
        return true;
    }

    private Power Guard(int group)
    {
        var (first, end) = _it.Tree.SlotsOf(group);
        var variance = 0.0;
        for (var slot = first; slot < end; slot++)
        {
            var traits = _nodes[slot].Ledger.Traits;
            var error = Math.Clamp(traits.Uncertainty, 0, 1) * Math.Max(0, (Of(slot) - traits.Idle).Watts);
            variance += error * error;
        }
        return Power.FromWatts(2 * Math.Sqrt(variance));
    }
}

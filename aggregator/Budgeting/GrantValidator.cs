using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>What the controller would like a node to be granted.</summary>
/// <param name="Target">Cap wished for.</param>
/// <param name="Deadband">A part of a raise that is smaller than this waits until the rest can come with it.</param>
internal readonly record struct CapRequest(NodeLedger Ledger, Power Target, Power SafeShare, Power Deadband, int Class, string Reason);

/// <summary>The only code that makes grants: what it lets through keeps Σ of committed caps within every level of the budget.</summary>
/// <remarks>
/// Cuts go out at once; a raise waits until the watts are free: <c>allocatable − Σ committed</c> at every level above the node, where committed is
/// what a node can be at by all that is known (<see cref="NodeLedger"/>). Nothing that the controller asks for can make it do otherwise.
/// </remarks>
internal sealed class GrantValidator
{
    private static readonly TimeSpan DeadOnArrival = TimeSpan.FromMilliseconds(1);
    private readonly FleetTenure _tenure;
    private readonly List<Grant> _grants = [];
    private long[] _room = [];
    private long[] _safeRoom = [];
    private ulong _sequence;

    public GrantValidator(FleetTenure tenure) => _tenure = tenure;

    /// <summary>True when a raise had to wait for watts in the last round.</summary>
    public bool IsWaiting { get; private set; }

    /// <param name="asked">Per slot of the tree.</param>
    /// <param name="allocatable">Per group, microwatts: Σ of committed caps is not raised above it.</param>
    /// <param name="safe">Per group, microwatts: Σ of safe shares is not raised above it.</param>
    /// <returns>Grants to be sent; valid until the next call.</returns>
    public IReadOnlyList<Grant> Validate(
        BudgetTree tree, ReadOnlySpan<CapRequest> asked, ReadOnlySpan<long> allocatable, ReadOnlySpan<long> safe, ControlPolicy policy, TimeSpan now)
    {
        _grants.Clear();
        IsWaiting = false;
        if (_tenure.IsFenced)
            return _grants;
        Measure(tree, asked, allocatable, safe, policy, now);
        for (var priority = 0; priority < policy.Classes.Length; priority++)
        {
            for (var slot = 0; slot < asked.Length; slot++)
            {
                if (asked[slot].Class == priority && asked[slot].Ledger.IsGrantable)
                    Grant(tree, slot, asked[slot], policy, now);
            }
        }
        return _grants;
    }

    /// <summary>The operator has switched capping off: nodes that hold a grant of ours are let go.</summary>
    public IReadOnlyList<Grant> Release(ReadOnlySpan<CapRequest> asked, ControlPolicy policy, TimeSpan now)
    {
        _grants.Clear();
        IsWaiting = false;
        if (_tenure.IsFenced)
            return _grants;
        foreach (var request in asked)
        {
            var node = request.Ledger;
            if (node.IsReachable && node.IsRemembered && node.Standing != LeaseStanding.None && now - node.SentAt >= policy.Period)
                Send(node, null, node.SafeShare, policy.TimeToLive, "capping was switched off", now);
        }
        return _grants;
    }

    /// <summary>What may still be committed, per group: under the allocatable watts, and while others may hold grants of an older term, under what ours held at its end.</summary>
    private void Measure(
        BudgetTree tree, ReadOnlySpan<CapRequest> asked, ReadOnlySpan<long> allocatable, ReadOnlySpan<long> safe, ControlPolicy policy, TimeSpan now)
    {
        if (_room.Length != tree.GroupCount)
            (_room, _safeRoom) = (new long[tree.GroupCount], new long[tree.GroupCount]);
        for (var group = 0; group < _room.Length; group++)
        {
            var (first, end) = tree.SlotsOf(group);
            var (committed, shares, heard, baseline) = (0L, 0L, 0L, 0L);
            for (var slot = first; slot < end; slot++)
            {
                var node = asked[slot].Ledger;
                if (node.CountedBy is not null)
                    continue;
                var power = node.Committed(policy, now).Microwatts;
                committed += power;
                shares += node.Traits.IsEnforcing ? Power.Max(node.SafeShare, node.OthersShare).Microwatts : power;
                // A node that fell silent may have traded before: what it holds counts on.
                if (!node.Traits.IsEnforcing || node.IsAwaited)
                    continue;
                heard += power;
                baseline += node.Baseline.Microwatts;
            }
            _room[group] = allocatable[group] - committed;
            _safeRoom[group] = safe[group] - shares;
            if (_tenure.IsZeroSum(now))
                _room[group] = Math.Min(_room[group], baseline - heard);
        }
    }

    private void Grant(BudgetTree tree, int slot, in CapRequest request, ControlPolicy policy, TimeSpan now)
    {
        var node = request.Ledger;
        var target = Power.Max(_tenure.Limit(request.Target, node, now), node.Floor);
        var safeShare = SafeShare(tree, slot, request);
        var isForeign = node.TakenEpoch != 0 && node.TakenEpoch != _tenure.Epoch;
        if (isForeign)
        {
            // Another term's grants may still be on their way to it: a lease that is over on arrival ends that, and can only lower the node.
            if (now - node.SentAt >= policy.Period || node.SentAt < node.JoinedAt)
                Send(node, Power.Min(target, node.Effective ?? node.Ceiling), safeShare, DeadOnArrival, request.Reason, now);
            return;
        }
        var cap = target <= node.Held ? target : Raise(tree, slot, request, node.Committed(policy, now), target, now);
        var isChange = cap != node.Cap || safeShare != node.SentSafeShare;
        var isRenewal = now - node.SentAt >= policy.Period && (node.HasUnanswered || node.Basis != node.SentBasis || node.Standing != LeaseStanding.Live);
        if (isChange || isRenewal)
            Send(node, cap, safeShare, policy.TimeToLive, request.Reason, now);
    }

    /// <summary>Safe shares shrink before they grow, too: the old one stays on the node's disk until it says that it has the new one.</summary>
    private Power SafeShare(BudgetTree tree, int slot, in CapRequest request)
    {
        var (node, wanted) = (request.Ledger, Power.Max(request.SafeShare, request.Ledger.Floor));
        var more = (wanted - node.SafeShare).Microwatts;
        if (more <= 0)
            return wanted;
        // Shares that others hold, of whom nothing is known here, are not free to be given to those who are.
        if ((_tenure.IsMinority || tree.IsInDoubt(slot)) && node.SafeShare > Power.Zero)
            return Power.Max(node.SafeShare, node.Floor);
        for (var group = tree.GroupOf(slot); group >= 0; group = tree.ParentOf(group))
        {
            if (_safeRoom[group] < more)
                return Power.Max(node.SafeShare, node.Floor);
        }
        for (var group = tree.GroupOf(slot); group >= 0; group = tree.ParentOf(group))
            _safeRoom[group] -= more;
        return wanted;
    }

    /// <summary>As much of a raise as there is room for; what does not reach the next step, or is not worth a write, stays as it is.</summary>
    private Power Raise(BudgetTree tree, int slot, in CapRequest request, Power committed, Power target, TimeSpan now)
    {
        var (node, held) = (request.Ledger, request.Ledger.Held);
        var room = long.MaxValue;
        for (var group = tree.GroupOf(slot); group >= 0; group = tree.ParentOf(group))
            room = Math.Min(room, _room[group]);
        // What is set aside for a node is not its to take while there is too much set aside already.
        var mayRaise = room >= 0 && _tenure.MayRaise(node, now) && !tree.IsInDoubt(slot) && !node.IsSilent(now);
        var reach = mayRaise ? committed + new Power(Math.Min(room, Math.Max(0, (target - committed).Microwatts))) : held;
        var cap = Power.Min(target, BudgetAllocator.Quantise(node.Traits.Steps, reach, node.Floor));
        IsWaiting |= cap < target;
        if (cap <= held || (cap < target && cap - held < request.Deadband))
            return node.Cap is { } last && last <= held ? Power.Min(last, target) : BudgetAllocator.Quantise(node.Traits.Steps, held, node.Floor);
        for (var group = tree.GroupOf(slot); group >= 0; group = tree.ParentOf(group))
            _room[group] -= Math.Max(0, (cap - committed).Microwatts);
        return cap;
    }

    private void Send(NodeLedger node, Power? cap, Power safeShare, TimeSpan timeToLive, string reason, TimeSpan now)
    {
        var grant = new Grant(node.Name, _tenure.Epoch, ++_sequence, cap, safeShare, node.Basis, timeToLive, reason, cap is null);
        node.Sent(grant, now);
        _grants.Add(grant);
    }
}

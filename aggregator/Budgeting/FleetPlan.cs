using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>One round's arithmetic: from what every node draws and wants to the cap that each should have. It asks; the validator decides.</summary>
internal sealed class FleetPlan
{
    /// <summary>A change smaller than this share of a node's range is not worth a write.</summary>
    private const double Deadband = 0.03;

    private readonly ControlPolicy _policy;
    private readonly GroupState[] _groups;
    private readonly Allotment _it;
    private readonly CapRequest[] _asked;
    private readonly bool[] _isFixed;
    private readonly long[] _drawn;
    private readonly long[] _over;

    /// <param name="roll">Who counts for machines that several nodes are on.</param>
    public FleetPlan(ControlPolicy policy, SortedDictionary<NodeName, NodeState> nodes, Dictionary<string, GroupState> groups, ImmutableSortedDictionary<NodeName, NodeName> roll)
    {
        (_policy, (var budget, Contested)) = (policy, HostGroups.Place(policy.Budget, roll));
        Tree = BudgetTree.Of(budget, nodes.Keys);
        Nodes = [.. Tree.Nodes.Select(name => nodes[name])];
        _groups = [.. Tree.Groups.Select(group => groups.TryGetValue(group.Name, out var known) ? known : groups[group.Name] = new GroupState())];
        _it = new Allotment(Tree, policy.Classes.Length);
        for (var i = 0; i < policy.Classes.Length; i++)
            _it.Guarantee[i] = Math.Clamp(policy.Classes[i].Guarantee, 0, 1);
        (_asked, _isFixed) = (new CapRequest[Nodes.Length], new bool[Nodes.Length]);
        (_drawn, _over, Wanted, Guard) = (new long[Tree.GroupCount], new long[Tree.GroupCount], new long[Tree.GroupCount], new long[Tree.GroupCount]);
        SafeShares = new SafeShares(Tree, Nodes, policy);
    }

    public BudgetTree Tree { get; }

    /// <summary>Machines that groups apart from each other list, as of <see cref="HostGroups.Place"/>.</summary>
    public ImmutableArray<(NodeName Counting, string Groups)> Contested { get; }

    /// <summary>As of <see cref="HostRoll.Doubtful"/>.</summary>
    public ImmutableArray<ImmutableArray<NodeName>> Doubtful { get; init; } = [];

    /// <summary>Per slot.</summary>
    public NodeState[] Nodes { get; }

    public SafeShares SafeShares { get; }

    /// <summary>Per slot; filled by <see cref="Make"/>.</summary>
    public ReadOnlySpan<CapRequest> Asked => _asked;

    /// <summary>Per group, microwatts.</summary>
    public ReadOnlySpan<long> Allocatable => _it.Allocatable;

    /// <summary>Per group: what its nodes want together, microwatts.</summary>
    public long[] Wanted { get; }

    /// <summary>Per group: kept back for what the meters and limiters are off by, microwatts.</summary>
    public long[] Guard { get; }

    public GroupState GroupAt(int group) => _groups[group];

    /// <summary>What the node counts for however hard it is cut, microwatts.</summary>
    public long FloorOf(int slot) => _it.Floor[slot];

    /// <summary>Every node of the group has a fresh reading.</summary>
    public bool IsAllHeard(int group, TimeSpan now)
    {
        var (first, end) = Tree.SlotsOf(group);
        for (var slot = first; slot < end; slot++)
        {
            if (Nodes[slot].Ledger.CountedBy is null && (!Nodes[slot].Ledger.HasJoined || Nodes[slot].Ledger.IsSilent(now) || Nodes[slot].Ledger.Measured is null))
                return false;
        }
        return true;
    }

    public bool IsInfeasible(int group) => _it.IsInfeasible[group];

    /// <summary>What the group draws by its nodes and what is known to be unreported.</summary>
    public Power Drawn(int group) => new Power(_drawn[group]) + Tree.UnmanagedOf(group);

    public bool IsHard(int group) => Tree.Groups[group].Holds;

    /// <summary>What the group may reach for a few seconds.</summary>
    public Power Reach(int group) => Tree.Groups[group].Limit * (IsHard(group) ? 1 : 1 + BoundedReach.Most);

    public void Make(TimeSpan now)
    {
        for (var slot = 0; slot < Nodes.Length; slot++)
            Weigh(slot, now);
        for (var group = Tree.GroupCount - 1; group >= 0; group--)
            Bound(group, now);
        BudgetAllocator.Allocate(_it);
        SafeShares.Refresh(_groups);
        for (var slot = 0; slot < Nodes.Length; slot++)
            Ask(slot, now);
        for (var group = 0; group < Tree.GroupCount; group++)
            Trip(group, now);
        for (var group = 0; group < Tree.GroupCount; group++)
            Tighten(group);
        for (var slot = 0; slot < Nodes.Length; slot++)
            Explain(slot);
    }

    /// <summary>Books a newer reading of a node between rounds.</summary>
    /// <returns>True when a group of it is now above its limit.</returns>
    public bool Shift(NodeName node, Power more)
    {
        var (slot, isOver) = (Tree.SlotOf(node), false);
        for (var group = slot < 0 ? -1 : Tree.GroupOf(slot); group >= 0; group = Tree.ParentOf(group))
        {
            _drawn[group] += more.Microwatts;
            isOver |= Drawn(group) > Tree.Groups[group].Limit;
        }
        return isOver;
    }

    /// <summary>Sums up what the groups draw, for meters that are read between rounds.</summary>
    public Power Sum(int group, TimeSpan now)
    {
        var (first, end) = Tree.SlotsOf(group);
        var sum = Tree.UnmanagedOf(group);
        for (var slot = first; slot < end; slot++)
            sum += Nodes[slot].Drawn(_policy, now);
        return sum;
    }

    /// <summary>One node's line: what it wants, and what it can not go below and above.</summary>
    private void Weigh(int slot, TimeSpan now)
    {
        var (node, ledger) = (Nodes[slot], Nodes[slot].Ledger);
        var committed = ledger.Committed(_policy, now);
        var isSilent = ledger.IsSilent(now);
        // What nobody can move counts with what it can reach. Without capping nothing is committed by us, and the round shows what capping would do.
        _isFixed[slot] = ledger.IsAwaited || ledger.CountedBy is not null || !ledger.Traits.IsEnforcing || (_policy.Mode == ControlMode.Cap && (isSilent || ledger.IsUncontrolled));
        var drawn = node.Drawn(_policy, now);
        if (ledger.CountedBy is not null)
            node.Demand.Assume(Power.Zero);
        else if (isSilent || ledger.IsAwaited)
            node.Demand.Assume(Power.Min(committed, Power.Max(ledger.SafeShare, ledger.Floor)));
        else
            node.Demand.Observe(drawn, CapOf(ledger), ledger, node.IsHot, node.IsHeldDown, node.IsRising(drawn, now), now);
        var (floor, ceiling) = _isFixed[slot] ? (committed, committed) : (ledger.Floor, ledger.Ceiling);
        (_it.Floor[slot], _it.Ceiling[slot]) = (floor.Microwatts, ceiling.Microwatts);
        _it.Demand[slot] = _isFixed[slot] ? committed.Microwatts : Power.Max(node.Demand.Watts, floor).Microwatts;
        _it.Steps[slot] = _isFixed[slot] ? [] : ledger.Traits.Steps;
        _it.Weight[slot] = WeightOf(ledger);
        _it.Class[slot] = ClassOf(ledger);
        // What holds the machine is another node's to answer for.
        if (ledger.CountedBy is null)
            node.Judge(now);
    }

    /// <summary>What a group may give out: its limit less guard, unreported draw and trim; in bounded mode, more by what idle floors leave unused.</summary>
    private void Bound(int group, TimeSpan now)
    {
        var (it, state) = (Tree.Groups[group], _groups[group]);
        var (first, end) = Tree.SlotsOf(group);
        var (variance, drawn, wanted) = (0.0, 0L, 0L);
        var mostError = state.HasOuterMeter(now) ? 0.05 : 1;
        for (var slot = first; slot < end; slot++)
        {
            var ledger = Nodes[slot].Ledger;
            var power = Nodes[slot].Drawn(_policy, now);
            drawn += power.Microwatts;
            wanted += _it.Demand[slot];
            var dynamic = Math.Max(0, (Power.Min(power, CapOf(ledger)) - ledger.Traits.Idle).Watts);
            var error = Math.Min(Math.Clamp(ledger.Traits.Uncertainty, 0, 1), mostError) * dynamic;
            variance += error * error;
        }
        // Two standard deviations where the limit is never to be passed; one where it may be for seconds.
        var guard = Power.FromWatts((IsHard(group) ? 2 : 1) * Math.Sqrt(variance)) + it.Limit * 0.005;
        (_drawn[group], Wanted[group], Guard[group]) = (drawn, wanted, guard.Microwatts);
        var allocatable = it.Limit - Tree.UnmanagedOf(group) - guard - state.Trim(it.Limit);
        if (!IsHard(group))
            allocatable += BoundedReach.Of(Tree, group, Nodes, it.Limit, now);
        _it.Allocatable[group] = allocatable.Microwatts;
    }

    private void Ask(int slot, TimeSpan now)
    {
        var (node, ledger) = (Nodes[slot], Nodes[slot].Ledger);
        var target = new Power(_it.Cap[slot]);
        var deadband = DeadbandOf(node, now);
        if (_isFixed[slot])
            target = ledger.IsUncontrolled ? SafeShares.Of(slot) : ledger.Cap ?? target;
        else if (ledger.Cap is { } last && Math.Abs((target - last).Microwatts) <= deadband.Microwatts && last <= ledger.Ceiling && last >= ledger.Floor)
            target = last;
        _asked[slot] = new CapRequest(ledger, target, SafeShares.Of(slot), deadband, _it.Class[slot], node.Reason);
    }

    /// <summary>Above its limit a group is cut at once, to where its draw would be what it may be; above its reach for seconds, to the floors.</summary>
    private void Trip(int group, TimeSpan now)
    {
        var (state, limit) = (_groups[group], Tree.Groups[group].Limit);
        var drawn = Drawn(group) + Power.Max(state.Trim(limit), Power.Zero);
        state.Futility.Observe(drawn, now);
        state.Watch(drawn, Reach(group), limit, now);
        _over[group] = (drawn - limit).Microwatts;
        if (drawn <= limit || state.Futility.IsFutile(now) || _it.IsInfeasible[group])
            return;
        var (first, end) = Tree.SlotsOf(group);
        var (floors, above) = (0L, 0L);
        for (var slot = first; slot < end; slot++)
        {
            floors += _it.Floor[slot];
            above += Math.Max(0, Nodes[slot].Drawn(_policy, now).Microwatts - _it.Floor[slot]);
        }
        var share = state.IsBraking || above == 0 ? 0 : Math.Max(0, (double)(_it.Allocatable[group] - floors) / above);
        if (share >= 1)
            return;
        var won = Power.Zero;
        for (var slot = first; slot < end; slot++)
        {
            if (_isFixed[slot])
                continue;
            var most = new Power(_it.Floor[slot]) + AboveFloor(slot, now) * share;
            won += Power.Max(Power.Zero, Nodes[slot].Drawn(_policy, now) - most);
            if (most < _asked[slot].Target)
                _asked[slot] = _asked[slot] with { Target = BudgetAllocator.Quantise(Nodes[slot].Ledger.Traits.Steps, most, Nodes[slot].Ledger.Floor) };
        }
        state.Futility.Cut(drawn, won, now);
    }

    /// <summary>Caps that were kept because they are nearly right must not add up to too much.</summary>
    private void Tighten(int group)
    {
        var (first, end) = Tree.SlotsOf(group);
        long sum = 0;
        for (var slot = first; slot < end; slot++)
            sum += _isFixed[slot] ? _it.Floor[slot] : _asked[slot].Target.Microwatts;
        for (var slot = first; slot < end && sum > _it.Allocatable[group]; slot++)
        {
            var excess = _asked[slot].Target.Microwatts - _it.Cap[slot];
            if (_isFixed[slot] || excess <= 0)
                continue;
            _asked[slot] = _asked[slot] with { Target = new Power(_it.Cap[slot]) };
            sum -= excess;
        }
    }

    /// <summary>The reason stays with the cap that it explains, as long as it is of the same kind.</summary>
    private void Explain(int slot)
    {
        var (request, node) = (_asked[slot], Nodes[slot]);
        var found = CapReason.Find(this, slot, _isFixed[slot], _over);
        if (request.Target == node.Ledger.Cap && found == node.ReasonOf)
            return;
        (node.ReasonOf, node.Reason) = (found, CapReason.Of(this, slot, found, _over, _policy));
        _asked[slot] = request with { Reason = node.Reason };
    }

    private Power AboveFloor(int slot, TimeSpan now)
    {
        if (_isFixed[slot])
            return Power.Zero;
        var power = Power.Min(Nodes[slot].Drawn(_policy, now), CapOf(Nodes[slot].Ledger));
        return Power.Max(Power.Zero, power - new Power(_it.Floor[slot]));
    }

    private static Power DeadbandOf(NodeState node, TimeSpan now) =>
        (node.Ledger.Ceiling - node.Ledger.Floor) * (node.Swing.IsSwinging(now) ? 2 * Deadband : Deadband);

    private Power CapOf(NodeLedger ledger) => _policy.Mode == ControlMode.Cap ? ledger.Cap ?? ledger.Ceiling : ledger.Ceiling;

    private static double WeightOf(NodeLedger ledger)
    {
        var range = Math.Max(1, (ledger.Ceiling - Power.Min(ledger.Traits.Idle, ledger.Ceiling)).Microwatts);
        return ledger.Traits.Weight > 0 ? ledger.Traits.Weight * range : range;
    }

    private int ClassOf(NodeLedger ledger)
    {
        for (var i = 0; i < _policy.Classes.Length; i++)
        {
            if (_policy.Classes[i].Name == ledger.Traits.PriorityClass)
                return i;
        }
        return Math.Max(0, _policy.Classes.Length - 1);
    }
}

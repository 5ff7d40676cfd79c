using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>The aggregator's hand on the fleet as a pure state machine: events and the time go in, grants come out. One owner, no clock of its own.</summary>
internal sealed class FleetController
{
    private readonly SortedDictionary<NodeName, NodeState> _nodes = [];
    private readonly Dictionary<string, GroupState> _groups = new(StringComparer.Ordinal);
    private readonly FleetTenure _tenure;
    private readonly GrantValidator _validator;
    private readonly FleetReport _report = new();
    private readonly List<Decision> _decisions = [];
    private ControlPolicy _policy;
    private ControlMemory _memory;
    private FleetPlan? _plan;

    /// <param name="policy">In force at the start.</param>
    /// <param name="memory">As last stored; nodes in it are awaited.</param>
    /// <param name="nonce">Random; makes the epochs of two aggregators that start at once differ.</param>
    /// <param name="term">Of an election; default without one.</param>
    public FleetController(ControlPolicy policy, ControlMemory memory, uint nonce, ControlMoment start, TenureTerm term = default)
    {
        (_policy, _memory) = (policy, memory);
        _tenure = new FleetTenure(memory, nonce, start.Monotonic, term);
        _validator = new GrantValidator(_tenure);
        foreach (var (name, node) in memory.Nodes)
        {
            _nodes[name] = new NodeState(name) { Standing = NodeStanding.Awaited };
            _nodes[name].Ledger.Remember(node);
        }
    }

    /// <summary>Of the grants that it makes.</summary>
    public ulong Epoch => _tenure.Epoch;

    /// <summary>True when something has freed watts, or a cut is due at once: the caller should not wait for the period.</summary>
    public bool IsUrgent { get; private set; }

    /// <summary>A new budget, mode, schedule step or override.</summary>
    public void Change(ControlPolicy policy, ControlMoment at)
    {
        if (policy.Mode != _policy.Mode)
        {
            _decisions.Add(new Decision(at.Wall, null, "mode", null, null, $"{Word(_policy.Mode)} → {Word(policy.Mode)}"));
            if (policy.Mode == ControlMode.Cap)
                _tenure.TakeOver();
        }
        if (policy.Budget.Limit != _policy.Budget.Limit)
            _decisions.Add(new Decision(at.Wall, null, "budget", _policy.Budget.Limit, policy.Budget.Limit, $"{policy.Budget.Name}: {CapReason.Change(_policy.Budget.Limit, policy.Budget.Limit)}"));
        (_policy, _plan, IsUrgent) = (policy, null, true);
    }

    /// <summary>An agent said what its node can be held to, for the first time on its stream or anew.</summary>
    public void Join(NodeTraits traits, ControlMoment at)
    {
        if (!_nodes.TryGetValue(traits.Name, out var node))
            _nodes[traits.Name] = node = new NodeState(traits.Name);
        node.Ledger.Join(traits, at.Monotonic);
        (_plan, IsUrgent) = (null, true);
    }

    public void Observe(NodeObservation seen, ControlMoment at)
    {
        if (!_nodes.TryGetValue(seen.Node, out var node) || !node.Ledger.IsOpen)
            return;
        var (now, ledger) = (at.Monotonic, node.Ledger);
        var (committed, ceiling, wasGrantable) = (ledger.Committed(_policy, now), ledger.Ceiling, ledger.IsGrantable);
        var (before, provenance) = (ledger.Measured, ledger.Provenance);
        ledger.Observe(seen, _policy, now);
        // Which figure of its machine is the best may have changed.
        if (ledger.Provenance != provenance && ledger.Traits is { IsEnforcing: false, Host.Length: > 0 })
            (_plan, IsUrgent) = (null, true);
        (node.IsHot, node.IsHeldDown) = (seen.IsThermallyThrottled, seen.IsHeldDown);
        if (ledger.CountedBy is not null)
            return;
        if (ledger.Ceiling != ceiling)
            _plan?.SafeShares.Invalidate();
        var wakes = seen.Power is { } power && ledger.Cap is { } cap && cap < ledger.Ceiling && !node.Demand.IsThrottled && (seen.IsHeldDown || NodeDemand.IsAtCap(power, cap));
        IsUrgent |= (ledger.IsGrantable && !wasGrantable) || wakes || Frees(ledger, committed, now) || IsOver(ledger, before);
    }

    public void Acknowledge(NodeApplied applied, ControlMoment at)
    {
        if (!_nodes.TryGetValue(applied.Node, out var node) || !node.Ledger.IsOpen)
            return;
        var (now, ledger) = (at.Monotonic, node.Ledger);
        _tenure.See(applied.Epoch, ledger.IsRemembered, _policy, now);
        var (committed, hadAnswered, epoch, cap) = (ledger.Committed(_policy, now), ledger.HasAnswered, ledger.TakenEpoch, ledger.Effective);
        ledger.Acknowledge(applied, _tenure.Epoch, now);
        if (ledger.Effective > cap)
            node.Rise(cap, now, ledger.Traits.Settle + _policy.Period);
        if (applied.Standing == LeaseStanding.None && _policy.Mode != ControlMode.Cap && applied.Epoch == _tenure.Epoch && !ledger.HasUnanswered)
            ledger.ForgetShare();
        IsUrgent |= !hadAnswered || epoch != ledger.TakenEpoch || Frees(ledger, committed, now);
    }

    /// <summary>The node's stream ended. Its watts stay reserved.</summary>
    public void Leave(NodeName node, ControlMoment at)
    {
        if (!_nodes.TryGetValue(node, out var known))
            return;
        known.Ledger.Leave();
        if (known.Ledger.Traits.Host.Length > 0)
            _plan = null;
        IsUrgent |= at.Monotonic >= known.Ledger.JoinedAt;
    }

    /// <summary>The operator says that the node is gone for good (or switched off): its reservation ends.</summary>
    public void Forget(NodeName node, ControlMoment at)
    {
        if (!_nodes.Remove(node))
            return;
        _decisions.Add(new Decision(at.Wall, node, "release", null, null, "forgotten by the operator: nothing is reserved for it"));
        (_plan, IsUrgent) = (null, true);
    }

    /// <summary>A meter above a group of the tree says what the group draws in truth.</summary>
    public void ObserveOuter(string group, Power power, ControlMoment at)
    {
        var plan = Plan();
        for (var index = 0; index < plan.Tree.GroupCount; index++)
        {
            if (plan.Tree.Groups[index].Name == group && plan.IsAllHeard(index, at.Monotonic))
                plan.GroupAt(index).ObserveOuter(power, plan.Sum(index, at.Monotonic), plan.Tree.Groups[index].Limit, at.Monotonic);
        }
    }

    public ControlRound Decide(ControlMoment at)
    {
        var (plan, now) = (Plan(), at.Monotonic);
        IsUrgent = false;
        plan.Make(now);
        _tenure.Count(plan.Asked, _policy, now);
        var before = _report.CapsBefore(plan);
        var grants = _policy.Mode == ControlMode.Cap
            ? _validator.Validate(plan.Tree, plan.Asked, plan.Allocatable, plan.SafeShares.Allocatable, _policy, now)
            : _validator.Release(plan.Asked, _policy, now);
        Remember(plan);
        FleetReport.Log(plan, grants, before, at, _decisions);
        var state = _report.Of(plan, _policy, _tenure, at, _decisions);
        var round = new ControlRound([.. grants], state, [.. _decisions], _memory);
        _decisions.Clear();
        return round;
    }

    private FleetPlan Plan() => _plan ??= Lay();

    private FleetPlan Lay()
    {
        var members = _nodes.Values.Select(static node => Member(node.Ledger)).ToList();
        var roll = HostRoll.Of(members);
        foreach (var (name, node) in _nodes)
        {
            NodeName? by = roll.TryGetValue(name, out var first) && first != name ? first : null;
            // Its reason names who counts.
            if (by != node.Ledger.CountedBy)
                node.ReasonOf = default;
            node.Ledger.Share(by, roll.IsEmpty || by is not null ? [] : [.. roll.Where(each => each.Value == name && each.Key != name).Select(each => _nodes[each.Key].Ledger)]);
        }
        return new FleetPlan(_policy, _nodes, _groups, roll) { Doubtful = HostRoll.Doubtful(members) };
    }

    /// <summary>Who holds a machine is not to change with how well its agent measures at the moment.</summary>
    private static HostMember Member(NodeLedger ledger) => new(ledger.Name, ledger.Traits.Host, ledger.IsOpen, ledger.Traits.IsEnforcing)
    {
        Marks = ledger.Traits.Marks,
        Provenance = ledger.Traits.IsEnforcing ? Provenance.None : ledger.Provenance,
        Uncertainty = ledger.Traits.IsEnforcing ? 0 : ledger.Traits.Uncertainty,
    };

    private bool Frees(NodeLedger ledger, Power committed, TimeSpan now) => _validator.IsWaiting && ledger.Committed(_policy, now) < committed;

    /// <summary>A group above its limit is cut in the same tick.</summary>
    private bool IsOver(NodeLedger ledger, Power? before) =>
        _plan is { } plan && before is { } old && ledger.Measured is { } measured && plan.Shift(ledger.Name, measured - old);

    /// <summary>What has to be on disk before these grants are sent; the same instance while nothing of it changes.</summary>
    private void Remember(FleetPlan plan)
    {
        var nodes = _memory.Nodes;
        foreach (var known in _memory.Nodes.Keys)
        {
            if (!_nodes.TryGetValue(known, out var node) || !IsKept(node.Ledger))
                nodes = nodes.Remove(known);
        }
        foreach (var node in plan.Nodes)
        {
            var entry = new RememberedNode(node.Ledger.SafeShare, node.Ledger.Ceiling, node.Ledger.IsUncapped);
            if (IsKept(node.Ledger) && (!nodes.TryGetValue(node.Ledger.Name, out var stored) || stored != entry))
                nodes = nodes.SetItem(node.Ledger.Name, entry);
        }
        var epoch = _policy.Mode == ControlMode.Cap && new ControlMemory(0, nodes).HasLed ? Math.Max(_tenure.Epoch, _memory.Epoch) : _memory.Epoch;
        if (!ReferenceEquals(nodes, _memory.Nodes) || epoch != _memory.Epoch)
            _memory = new ControlMemory(epoch, nodes);
    }

    /// <summary>What nothing holds draws what it likes, also while the next aggregator has not heard it yet.</summary>
    private bool IsKept(NodeLedger ledger) => ledger.IsRemembered || (_policy.Mode == ControlMode.Cap && (ledger.CountedBy is { } by ? _nodes[by].Ledger : ledger).Uncapped == ledger);

    private static string Word(ControlMode mode) => mode switch
    {
        ControlMode.Cap => "cap",
        ControlMode.Label => "label",
        _ => "observe",
    };
}

using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>The aggregator's hand on the fleet as a pure state machine: events and the time go in, grants come out. One owner, no clock of its own.</summary>
/// <param name="policy">In force at the start.</param>
/// <param name="memory">As last stored; nodes in it are awaited.</param>
/// <param name="nonce">Random; makes the epochs of two aggregators that start at once differ.</param>
internal sealed class FleetController(ControlPolicy policy, ControlMemory memory, uint nonce, ControlMoment start)
{
    private readonly SortedDictionary<NodeName, NodeTraits> _nodes = [];
    private readonly ControlMemory _memory = memory;
    private ControlPolicy _policy = policy;
    private ControlMoment _latest = start;
    private readonly uint _nonce = nonce;

    /// <summary>True when something has freed watts, or a cut is due at once: the caller should not wait for the period.</summary>
    public bool IsUrgent => _nodes.Count > 0 && _policy.Mode == ControlMode.Cap && _nonce == 0;

    /// <summary>A new budget, mode, schedule step or override.</summary>
    public void Change(ControlPolicy policy, ControlMoment at) => (_policy, _latest) = (policy, at);

    /// <summary>An agent said what its node can be held to, for the first time on its stream or anew.</summary>
    public void Join(NodeTraits traits, ControlMoment at) => (_nodes[traits.Name], _latest) = (traits, at);

    public void Observe(NodeObservation seen, ControlMoment at) => _latest = _nodes.ContainsKey(seen.Node) ? at : _latest;

    public void Acknowledge(NodeApplied applied, ControlMoment at) => _latest = _nodes.ContainsKey(applied.Node) ? at : _latest;

    /// <summary>The node's stream ended. Its watts stay reserved.</summary>
    public void Leave(NodeName node, ControlMoment at) => _latest = _nodes.ContainsKey(node) ? at : _latest;

    /// <summary>The operator says that the node is gone for good (or switched off): its reservation ends.</summary>
    public void Forget(NodeName node, ControlMoment at) => _latest = _nodes.Remove(node) ? at : _latest;

    /// <summary>A meter above a group of the tree says what the group draws in truth.</summary>
    public void ObserveOuter(string group, Power power, ControlMoment at) => _latest = _policy.Budget.Name == group && power > Power.Zero ? at : _latest;

    public ControlRound Decide(ControlMoment at)
    {
        _latest = at;
        var state = new FleetControl(_policy.Mode, _memory.Epoch, _policy.Budget.Limit, Power.Zero, Power.Zero, [], [], [], []);
        return new ControlRound([], state, [], _memory);
    }
}

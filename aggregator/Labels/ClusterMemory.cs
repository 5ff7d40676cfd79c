namespace Homelab.Aggregator.Labels;

/// <summary>One cluster in one round: who is in it, who may be tainted, and whether enough is known to remove anything.</summary>
internal sealed class ClusterMemory(TimeSpan firstSeen)
{
    private readonly List<(NodePair Node, NodeMemory Memory)> _nodes = [];
    private Dictionary<NodeKey, GuardNode> _seen = [];
    private HashSet<NodeKey> _chosen = [];
    private TaintGuard? _guard;
    private bool _hasReported;

    public void Open() => _nodes.Clear();

    public void Add(NodePair node, NodeMemory memory) => _nodes.Add((node, memory));

    /// <summary>All nodes have reported since the cluster was first seen, or the time for it is over.</summary>
    public bool MayRemove(LabelPolicy policy, TimeSpan now) => _hasReported || now - firstSeen >= policy.AdoptFor;

    /// <summary>The guard's choice of this round.</summary>
    public bool MayTaint(NodeKey node) => _chosen.Contains(node);

    /// <summary>Whether one more node may carry a taint, with all that are still there or on their way.</summary>
    public bool TryTaint(NodeKey node) => _guard!.TryTaint(_seen[node]);

    public void Guard(LabelPolicy policy, TimeSpan now)
    {
        _hasReported |= _nodes.Count > 0 && _nodes.All(node => node.Memory.HasReported || (node.Node.Facts is null && !node.Memory.IsAdopted));
        var nodes = _nodes.ConvertAll(node => Seen(policy, node.Node.Sight, node.Memory, now));
        _seen = nodes.ToDictionary(node => node.Key);
        _chosen = TaintGuard.Choose(nodes);
        _guard = new TaintGuard(nodes);
        foreach (var (node, (pair, memory)) in nodes.Zip(_nodes))
        {
            var isCarried = pair.Sight.Taints.Any(taint => Cleanup.IsOurs(taint, policy.Prefix));
            if (node.IsHeld)
                _guard.Note(node);
            // A node that the guard sets free is not tainted again as soon as there is room.
            if (isCarried && memory.Severity > 0 && !_chosen.Contains(node.Key))
                memory.GuardedUntil = now + policy.LeaveAfter;
        }
    }

    private static GuardNode Seen(LabelPolicy policy, NodeSight sight, NodeMemory memory, TimeSpan now)
    {
        var isCarried = false;
        var isSchedulable = !sight.IsUnschedulable;
        foreach (var taint in sight.Taints)
        {
            if (Cleanup.IsOurs(taint, policy.Prefix))
                isCarried = true;
            else if (taint.Effect is TaintEffect.NoSchedule or TaintEffect.NoExecute)
                isSchedulable = false;
        }
        var severity = memory.GuardedUntil > now || !memory.IsReady ? 0 : memory.Severity;
        return new GuardNode(
            sight.Key, sight.Architecture, isSchedulable, sight.IsControlPlane, policy.Taints ? severity : 0,
            isCarried || (severity > 0 && memory.Gate.IsInFlight(now)), isCarried);
    }
}

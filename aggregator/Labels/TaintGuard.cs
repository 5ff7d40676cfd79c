namespace Homelab.Aggregator.Labels;

/// <summary>A node as the guard sees it.</summary>
/// <param name="IsSchedulable">Not cordoned, and without a foreign taint that keeps pods off.</param>
/// <param name="Severity">How badly it wants to be tainted; 0 is not at all.</param>
/// <param name="IsHeld">Carries one of our taints already, or one may be on its way.</param>
/// <param name="IsCarried">Carries one.</param>
internal readonly record struct GuardNode(NodeKey Key, string Architecture, bool IsSchedulable, bool IsControlPlane, int Severity, bool IsHeld, bool IsCarried = false);

/// <summary>Keeps a cluster fit to run pods: at most half of its schedulable nodes carry our taints, never all of an architecture, never all of its control plane.</summary>
internal sealed class TaintGuard
{
    private readonly int _most;
    private readonly Dictionary<(string Architecture, bool IsSchedulable), int> _free = [];
    private int _freeControlPlanes;
    private int _tainted;

    /// <param name="cluster">All of its nodes.</param>
    public TaintGuard(IReadOnlyList<GuardNode> cluster)
    {
        var schedulable = 0;
        foreach (var node in cluster)
        {
            schedulable += node.IsSchedulable ? 1 : 0;
            _freeControlPlanes += node.IsControlPlane ? 1 : 0;
            Count(node, 1);
        }
        _most = schedulable / 2;
    }

    /// <summary>The nodes that may be tainted: the worst first, then those that are, then those that may be on their way, then by name, so that equals do not take turns.</summary>
    public static HashSet<NodeKey> Choose(IReadOnlyList<GuardNode> cluster)
    {
        var guard = new TaintGuard(cluster);
        var chosen = new HashSet<NodeKey>();
        foreach (var node in cluster.Where(node => node.Severity > 0)
            .OrderByDescending(node => node.Severity).ThenByDescending(node => node.IsCarried).ThenByDescending(node => node.IsHeld).ThenBy(node => node.Key))
        {
            if (guard.TryTaint(node))
                chosen.Add(node.Key);
        }
        return chosen;
    }

    /// <summary>Takes note of a taint that is there, allowed or not.</summary>
    public void Note(GuardNode node)
    {
        _tainted += node.IsSchedulable ? 1 : 0;
        _freeControlPlanes -= node.IsControlPlane ? 1 : 0;
        Count(node, -1);
    }

    public bool TryTaint(GuardNode node)
    {
        if (node.IsControlPlane && _freeControlPlanes <= 1)
            return false;
        var free = _free[(node.Architecture, true)];
        if (node.IsSchedulable && (_tainted >= _most || free <= 1))
            return false;
        // Where no node of an architecture takes pods, one at least must be ready to do so again.
        if (!node.IsSchedulable && free == 0 && _free[(node.Architecture, false)] <= 1)
            return false;
        Note(node);
        return true;
    }

    private void Count(GuardNode node, int by)
    {
        _free[(node.Architecture, true)] = _free.GetValueOrDefault((node.Architecture, true)) + (node.IsSchedulable ? by : 0);
        _free[(node.Architecture, false)] = _free.GetValueOrDefault((node.Architecture, false)) + (node.IsSchedulable ? 0 : by);
    }
}

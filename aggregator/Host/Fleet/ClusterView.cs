using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Fleet;

/// <summary>One Kubernetes cluster as it is seen.</summary>
/// <param name="Server">Its address; empty while the way to it is not known.</param>
/// <param name="IsUp">Its nodes are seen now.</param>
/// <param name="Trouble">Why they are not, or why the last write was refused; empty when all is well.</param>
/// <param name="Nodes">Node objects last seen.</param>
/// <param name="Matched">Those of them that an agent speaks for.</param>
/// <param name="Waiting">Writes that are decided and not yet out.</param>
internal sealed record ClusterState(string Name, string Server, bool IsUp, string Trouble, int Nodes, int Matched, int Waiting);

/// <summary>Whose a Kubernetes node is.</summary>
/// <param name="Agent">Null when nobody's, or in doubt.</param>
/// <param name="Evidence">What tells it, in words.</param>
/// <param name="Doubt">Names the candidates and the fix; empty when there is none.</param>
internal sealed record ClusterNode(string Cluster, string Node, NodeName? Agent, string Evidence, string Doubt);

/// <summary>What would change on one node, and why it does not change now.</summary>
/// <param name="HeldBack">Empty when it is being written.</param>
internal sealed record ClusterPlanLine(string Cluster, string Node, string Kind, string Key, string? From, string? To, string Why, string HeldBack);

/// <param name="Kind"><c>metadata</c>, <c>taints</c>, <c>status</c>, <c>event</c>.</param>
/// <param name="Result"><c>ok</c>, <c>unchanged</c>, or how it failed: <c>conflict</c>, <c>busy</c>, <c>forbidden</c>, …</param>
internal readonly record struct ClusterWrite(string Cluster, string Kind, string Result) : IComparable<ClusterWrite>
{
    public int CompareTo(ClusterWrite other)
    {
        var order = string.CompareOrdinal(Cluster, other.Cluster);
        order = order != 0 ? order : string.CompareOrdinal(Kind, other.Kind);
        return order != 0 ? order : string.CompareOrdinal(Result, other.Result);
    }
}

/// <summary>What the Kubernetes adapter does, as other adapters see it. Immutable.</summary>
/// <param name="Role"><c>off</c>, <c>leading</c>, <c>standby</c>.</param>
/// <param name="Unmatched">Agents that no Kubernetes node is.</param>
internal sealed record ClustersView(
    string Role, ImmutableArray<ClusterState> Clusters, ImmutableArray<ClusterNode> Nodes, ImmutableArray<NodeName> Unmatched,
    ImmutableArray<ClusterPlanLine> Lines, ImmutableSortedDictionary<ClusterWrite, long> Writes)
{
    public static readonly ClustersView Off = new("off", [], [], [], [], ImmutableSortedDictionary<ClusterWrite, long>.Empty);
}

/// <summary>The newest view. One writer, any number of readers, no locks.</summary>
internal sealed class ClustersStore
{
    private volatile ClustersView _current = ClustersView.Off;

    public ClustersView Current
    {
        get => _current;
        set => _current = value;
    }
}

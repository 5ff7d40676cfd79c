using System.Collections.Immutable;

namespace Homelab.Aggregator.Labels;

/// <summary>A Kubernetes node: its cluster's name in our configuration, and its own.</summary>
internal readonly record struct NodeKey(string Cluster, string Name) : IComparable<NodeKey>
{
    public int CompareTo(NodeKey other)
    {
        var order = string.CompareOrdinal(Cluster, other.Cluster);
        return order != 0 ? order : string.CompareOrdinal(Name, other.Name);
    }

    public override string ToString() => Cluster.Length == 0 ? Name : $"{Cluster}/{Name}";
}

/// <summary>What a taint does to pods that do not tolerate it.</summary>
internal enum TaintEffect
{
    /// <summary>One that this program does not know.</summary>
    Other = 0,
    PreferNoSchedule = 1,
    NoSchedule = 2,
    NoExecute = 3,
}

internal readonly record struct NodeTaint(string Key, string Value, TaintEffect Effect);

internal enum ConditionStatus
{
    Unknown = 0,
    False = 1,
    True = 2,
}

internal sealed record NodeCondition(string Type, ConditionStatus Status, string Reason, string Message, DateTimeOffset TransitionAt, DateTimeOffset HeartbeatAt);

/// <summary>What a Node object carries now.</summary>
internal sealed record NodeSight
{
    public static readonly ImmutableSortedDictionary<string, string> Nothing = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    public required NodeKey Key { get; init; }

    /// <summary>As <c>kubernetes.io/arch</c> says.</summary>
    public string Architecture { get; init; } = "";

    /// <summary>Under our prefix, by whole key; others may be here and are left alone.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = Nothing;

    public ImmutableSortedDictionary<string, string> Annotations { get; init; } = Nothing;

    /// <summary>All, whoever set them.</summary>
    public ImmutableArray<NodeTaint> Taints { get; init; } = [];

    public bool IsUnschedulable { get; init; }

    public bool IsControlPlane { get; init; }

    public ImmutableArray<NodeCondition> Conditions { get; init; } = [];

    /// <summary>Capacity of our extended resource; null when it has none.</summary>
    public long? WattsCapacity { get; init; }
}

/// <summary>A Kubernetes node and the agent's machine it runs on.</summary>
/// <param name="Facts">Null when no agent is matched to it.</param>
internal readonly record struct NodePair(NodeSight Sight, NodeFacts? Facts);

using System.Collections.Immutable;

namespace Homelab.Aggregator.Labels;

/// <summary>One step on a node's list of taints: added where <paramref name="From"/> is null, removed where <paramref name="To"/> is, replaced otherwise.</summary>
internal readonly record struct TaintChange(NodeTaint? From, NodeTaint? To);

/// <summary>The extended resource is set to so many watts; null removes it.</summary>
internal readonly record struct CapacityChange(long? Watts);

/// <summary>What is to be written to one Node object now.</summary>
internal sealed record NodeChange
{
    public required NodeKey Key { get; init; }

    /// <summary>Labels or annotations differ from what the node carries.</summary>
    public bool IsMetadataChanged { get; init; }

    /// <summary>All that we own, by whole key, for server-side apply: what is missing here and ours goes.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = NodeSight.Nothing;

    public ImmutableSortedDictionary<string, string> Annotations { get; init; } = NodeSight.Nothing;

    public ImmutableArray<TaintChange> Taints { get; init; } = [];

    /// <summary>Only those to be set.</summary>
    public ImmutableArray<NodeCondition> Conditions { get; init; } = [];

    public CapacityChange? Capacity { get; init; }

    /// <summary>API writes it takes: metadata, taints, status.</summary>
    public int Patches => (IsMetadataChanged ? 1 : 0) + (Taints.IsEmpty ? 0 : 1) + (Conditions.IsEmpty && Capacity is null ? 0 : 1);
}

/// <summary>Something that happened, so often since it was last told.</summary>
/// <param name="Node">Null for the fleet as the cluster sees it.</param>
/// <param name="Reason"><c>PowerCapApplied</c>, <c>PowerCapReleased</c>, <c>UnderVoltageDetected</c>, <c>FleetOverBudget</c>.</param>
internal sealed record NodeEvent(
    string Cluster, NodeKey? Node, string Reason, bool IsWarning, string Message, int Count, DateTimeOffset FirstAt, DateTimeOffset LastAt);

/// <summary>One line of the preview.</summary>
/// <param name="Kind"><c>label</c>, <c>annotation</c>, <c>taint</c>, <c>condition</c>, <c>capacity</c>.</param>
/// <param name="From">Null when it is not there yet.</param>
/// <param name="To">Null when it goes.</param>
/// <param name="HeldBack">Why it is not written now; empty when it is.</param>
internal sealed record PlanLine(NodeKey Node, string Kind, string Key, string? From, string? To, string Why, string HeldBack)
{
    public override string ToString() =>
        $"{Node}: {Kind} {Key} {From ?? "–"} → {To ?? "–"}{(Why.Length > 0 ? ": " + Why : "")}{(HeldBack.Length > 0 ? $" [{HeldBack}]" : "")}";
}

/// <summary>What a round comes to.</summary>
/// <param name="Changes">To be written now; empty in a steady fleet, and in mode observe.</param>
/// <param name="Lines">All that differs, also what waits.</param>
internal sealed record LabelPlan(ImmutableArray<NodeChange> Changes, ImmutableArray<NodeEvent> Events, ImmutableArray<PlanLine> Lines);

namespace Homelab.Aggregator.Api;

/// <summary>Body of <c>GET /api/v1/kubernetes</c>. Schema <c>homelab.kubernetes/v1</c>.</summary>
/// <param name="Role"><c>off</c>: not configured; <c>leading</c>; <c>standby</c>: another aggregator writes.</param>
/// <param name="UnmatchedAgents">Agents that are no Kubernetes node of a cluster that is seen.</param>
/// <param name="Plan">What differs from what the nodes carry, as of the last round.</param>
internal sealed record KubernetesDocument(
    string Schema, string Time, string Role, IReadOnlyList<ClusterDocument> Clusters, IReadOnlyList<KubernetesNodeDocument> Nodes,
    IReadOnlyList<string> UnmatchedAgents, IReadOnlyList<PlanLineDocument> Plan, IReadOnlyList<WriteCountDocument> Writes)
{
    public const string SchemaName = "homelab.kubernetes/v1";
}

/// <param name="State"><c>up</c>: its nodes are seen; <c>down</c>: they keep what they carry.</param>
/// <param name="Error">Why it is down, or why the last write was refused; empty when all is well.</param>
/// <param name="Nodes">Node objects last seen; <paramref name="Matched"/> of them have an agent.</param>
/// <param name="Waiting">Writes decided and not yet out.</param>
internal sealed record ClusterDocument(string Name, string Server, string State, string Error, int Nodes, int Matched, int Waiting);

/// <param name="Agent">Null when no agent is its, or more than one fits.</param>
/// <param name="Evidence">What tells whose it is.</param>
/// <param name="Error">Names the candidates and the fix; empty when there is no doubt.</param>
internal sealed record KubernetesNodeDocument(string Cluster, string Name, string? Agent, string Evidence, string Error);

/// <param name="Kind"><c>label</c>, <c>annotation</c>, <c>taint</c>, <c>condition</c>, <c>capacity</c>.</param>
/// <param name="From">Null when it is not there yet.</param>
/// <param name="To">Null when it goes.</param>
/// <param name="HeldBack">Why it is not written now; empty when it is.</param>
internal sealed record PlanLineDocument(string Cluster, string Node, string Kind, string Key, string? From, string? To, string Why, string HeldBack);

/// <summary>Since the aggregator started.</summary>
internal sealed record WriteCountDocument(string Cluster, string Kind, string Result, long Count);

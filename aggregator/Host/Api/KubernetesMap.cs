using System.Globalization;
using Homelab.Aggregator.Fleet;

namespace Homelab.Aggregator.Api;

/// <summary>Turns what the Kubernetes adapter does into an API document. Pure.</summary>
internal static class KubernetesMap
{
    public static KubernetesDocument Of(ClustersView view, DateTimeOffset at) => new(
        KubernetesDocument.SchemaName, at.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), view.Role,
        [.. view.Clusters.Select(cluster => new ClusterDocument(cluster.Name, cluster.Server, cluster.IsUp ? "up" : "down", cluster.Trouble, cluster.Nodes, cluster.Matched, cluster.Waiting))],
        [.. view.Nodes.Select(node => new KubernetesNodeDocument(node.Cluster, node.Node, node.Agent?.Value, node.Evidence, node.Doubt))],
        [.. view.Unmatched.Select(agent => agent.Value)],
        [.. view.Lines.Select(line => new PlanLineDocument(line.Cluster, line.Node, line.Kind, line.Key, line.From, line.To, line.Why, line.HeldBack))],
        [.. view.Writes.Select(write => new WriteCountDocument(write.Key.Cluster, write.Key.Kind, write.Key.Result, write.Value))]);
}

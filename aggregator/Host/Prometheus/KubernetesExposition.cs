using Homelab.Aggregator.Fleet;
using F = Homelab.Aggregator.Prometheus.MetricFamilies;

namespace Homelab.Aggregator.Prometheus;

/// <summary>The families about the clusters that are told. Absent where none is.</summary>
internal static class KubernetesExposition
{
    public static void Write(ExpositionWriter writer, ClustersView view)
    {
        writer.Begin(F.KubernetesUp);
        foreach (var cluster in view.Clusters)
            writer.Sample(cluster.IsUp ? 1 : 0, cluster.Name);
        writer.Begin(F.KubernetesNodes);
        foreach (var cluster in view.Clusters)
        {
            writer.Sample(cluster.Matched, cluster.Name, "true");
            writer.Sample(cluster.Nodes - cluster.Matched, cluster.Name, "false");
        }
        writer.Begin(F.KubernetesWrites);
        foreach (var (write, count) in view.Writes)
            writer.Sample(count, write.Cluster, write.Kind, write.Result);
    }
}

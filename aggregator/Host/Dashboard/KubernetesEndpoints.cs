using Homelab.Aggregator.Api;
using Homelab.Aggregator.Fleet;

namespace Homelab.Aggregator.Dashboard;

/// <summary>What the clusters are told.</summary>
internal sealed class KubernetesEndpoints(ClustersStore clusters, TimeProvider time)
{
    public Task KubernetesAsync(HttpContext context) =>
        JsonAnswer.WriteAsync(context, KubernetesMap.Of(clusters.Current, time.GetUtcNow()), ApiJson.Default.KubernetesDocument);
}

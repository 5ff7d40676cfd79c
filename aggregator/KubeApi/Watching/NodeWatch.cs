namespace Homelab.Aggregator.KubeApi;

/// <summary>The watch on all Node objects.</summary>
internal static class NodeWatch
{
    public static CollectionWatch<KubeNode> Create(KubeClient client, TimeProvider time, Func<double> random, CollectionWatchOptions? options = null) =>
        new(client, KubePath.Nodes, KubeNode.Read, static node => node.Name, options ?? new CollectionWatchOptions(), time, random);
}

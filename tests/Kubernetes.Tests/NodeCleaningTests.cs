using System.Text.Json.Nodes;
using Homelab.Aggregator.Configuration;
using Homelab.Aggregator.KubeApi;
using Homelab.Aggregator.Labels;
using Homelab.FakeKubernetes;

namespace Homelab.Aggregator.Kubernetes.Tests;

public sealed class NodeCleaningTests
{
    [Fact]
    public async Task Run_LabelledNodes_LeavesExactlyTheForeign()
    {
        await using var bench = await Bench.StartAsync(new KubernetesOptions { Watts = true });
        bench.Server.Nodes.Put("um890");
        bench.Server.Nodes.Put("rk1");
        bench.Server.Nodes.Edit("um890", node =>
        {
            node["metadata"]!["labels"]!["power.homelab/rack"] = "r1";
            node["metadata"]!["annotations"] = new JsonObject { ["team"] = "blue" };
            node["spec"]!["taints"] = new JsonArray(new JsonObject { ["key"] = "dedicated", ["effect"] = "NoSchedule" });
        }, "kubectl");
        var before = Cluster(bench.Server);
        bench.Fleet.Put("um890").Put("rk1").Throttle("um890", true);
        await bench.PassAsync(TimeSpan.FromMinutes(5));
        // Somebody has taken one of ours over.
        bench.Server.Nodes.Edit("um890", node => node["metadata"]!["labels"]!["power.homelab/state"] = "critical", "kubectl-label");
        Assert.NotEqual(before, Cluster(bench.Server));

        var dry = await RunAsync(bench, isDry: true);
        Assert.Contains(dry, node => node.Node == "um890" && node.Gone.Contains(new OwnedItem("taint", "power.homelab/throttling:PreferNoSchedule")));
        Assert.NotEqual(before, Cluster(bench.Server));

        var cleaned = await RunAsync(bench);
        Assert.Equal(dry.SelectMany(node => node.Gone), cleaned.SelectMany(node => node.Gone));
        Assert.All(cleaned, node => Assert.Equal("", node.Problem));
        Assert.Equal(before, Cluster(bench.Server));

        bench.Server.Requests.Clear();
        Assert.Empty(await RunAsync(bench));
        Assert.Empty(bench.Server.Requests.Writes);
    }

    [Fact]
    public async Task Run_RefusedStatus_SaysWhatStays()
    {
        await using var bench = await LabelLoopTests.TwoNodesAsync();
        bench.Fleet.Throttle("um890", true);
        await bench.PassAsync(TimeSpan.FromMinutes(5));
        bench.Server.Faults.Next(1000, 403, which: request => request.Route?.Subresource == "status");

        var node = Assert.Single(await RunAsync(bench), node => !node.Left.IsEmpty);
        Assert.Equal([new OwnedItem("condition", "ThermalThrottling")], node.Left.AsEnumerable());
        Assert.Contains("Forbidden", node.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain("power.homelab/state", bench.Server.Nodes.Labels("um890").Keys);
    }

    private static async Task<IReadOnlyList<CleanedNode>> RunAsync(Bench bench, bool isDry = false)
    {
        var access = KubeConfig.Parse("kubeconfig", bench.Server.KubeConfig()).Value!.Context(null, bench.Clock).Value!;
        using var client = new KubeClient(access, new KubeClientOptions { RequestsPerSecond = 1000, Burst = 1000 }, bench.Clock, static () => 0);
        var run = new NodeCleaning(client, LabelPrefix.Default, bench.Clock, static () => 0).RunAsync(isDry, CancellationToken.None);
        await Patience.UntilAsync(() => run.IsCompleted, () => bench.Clock.Advance(TimeSpan.FromMilliseconds(20)));
        return (await run).Value!;
    }

    /// <summary>All that the nodes carry, without the server's own books.</summary>
    private static string Cluster(FakeApiServer server) => string.Join('\n', server.Nodes.All.Select(node =>
    {
        var copy = (JsonObject)node.DeepClone();
        copy["metadata"]!.AsObject().Remove("resourceVersion");
        copy["metadata"]!.AsObject().Remove("managedFields");
        if (copy["metadata"]!["annotations"] is JsonObject { Count: 0 })
            copy["metadata"]!.AsObject().Remove("annotations");
        return copy.ToJsonString();
    }));
}

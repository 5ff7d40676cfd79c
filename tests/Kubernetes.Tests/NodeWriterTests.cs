using Homelab.Aggregator.KubeApi;
using Homelab.Aggregator.Labels;
using Homelab.FakeKubernetes;
using Homelab.TestKit;

namespace Homelab.Aggregator.Kubernetes.Tests;

public sealed class NodeWriterTests
{
    /// <summary>Our labels make a new version of the node, which the watch brings only later: the taints are tested against what the server answered.</summary>
    [Fact]
    public async Task WriteAsync_LabelsThenTaintsBeforeTheWatchCatchesUp_TakesOneRequestEach()
    {
        await using var server = await FakeApiServer.StartAsync();
        server.Nodes.Put("um890");
        var time = new ManualClock(new DateTimeOffset(2026, 11, 21, 10, 0, 0, TimeSpan.Zero));
        using var client = new KubeClient(KubeConfig.Parse("kubeconfig", server.KubeConfig()).Value!.Context(null, time).Value!, new KubeClientOptions { RequestsPerSecond = 1000, Burst = 1000 }, time, static () => 0.5);
        var stale = (await client.GetAsync(KubePath.Node("um890"), CancellationToken.None)).Then(KubeNode.Read).Value!;
        server.Requests.Clear();
        var book = new WriteBook("home", new RecordedLog());
        var writer = new NodeWriter(client, _ => stale, static () => true, LabelPrefix.Default, book, time, static () => 0.5);

        await writer.WriteAsync(new NodeChange
        {
            Key = new NodeKey("home", "um890"),
            IsMetadataChanged = true,
            Labels = NodeSight.Nothing.Add("power.homelab/thermal", "throttling"),
            Taints = [new TaintChange(null, new NodeTaint("power.homelab/throttling", "", TaintEffect.PreferNoSchedule))],
        }, CancellationToken.None);

        Assert.Equal(["patch", "patch"], server.Requests.All.Select(request => request.Verb));
        Assert.Equal(["power.homelab/throttling:PreferNoSchedule"], server.Nodes.Taints("um890"));
        Assert.Equal("", book.Trouble);
    }
}

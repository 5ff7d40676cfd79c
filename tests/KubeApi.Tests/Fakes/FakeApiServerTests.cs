using System.Text.Json.Nodes;
using Homelab.FakeKubernetes;
using Homelab.TestKit;

namespace Homelab.Aggregator.KubeApi.Tests.Fakes;

/// <summary>What later suites rely on and the client's own tests do not show.</summary>
public sealed class FakeApiServerTests
{
    [Fact]
    public async Task ClockSkew_OfTheServer_IsInItsStamps()
    {
        var clock = new ManualClock();
        await using var server = await FakeApiServer.StartAsync(clock);
        server.Store.ClockSkew = TimeSpan.FromHours(-5);
        server.Nodes.Put("a");
        Assert.Equal("2025-12-31T19:00:00Z", (string?)server.Nodes.Find("a")!["metadata"]!["creationTimestamp"]);
    }

    [Fact]
    public async Task Delay_OfAnswers_IsOnTheServersClock()
    {
        await using var cluster = await Cluster.StartAsync();
        var clock = new ManualClock();
        await using var server = await FakeApiServer.StartAsync(clock);
        server.Nodes.Put("a");
        server.Faults.Delay = TimeSpan.FromSeconds(30);
        var asking = cluster.Client(access: cluster.Access() with { Server = server.Url }).GetAsync(KubePath.Node("a"), Cluster.None);
        await Patience.UntilAsync(() => clock.PendingTimers == 1);
        Assert.False(asking.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(30));
        Assert.True((await asking.Soon()).IsOk);
    }

    [Fact]
    public async Task HistoryLimit_Exceeded_ForgetsTheOldest()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Store.HistoryLimit = 2;
        var before = cluster.Server.Store.Version;
        foreach (var name in (string[])["a", "b", "c", "d"])
            cluster.Server.Nodes.Put(name);
        using var watch = (await cluster.Client().WatchAsync(KubePath.Nodes, before, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1), Cluster.None)).Value!;
        var said = await watch.NextAsync(Cluster.None);
        Assert.Equal(KubeOutcome.Gone, said!.Status.Outcome);
        Assert.Equal(410, said.Status.Code);
    }

    [Fact]
    public async Task Access_NamedRule_CoversThatObjectOnly()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Access.Allow("t", "get update", "leases", "leader");
        cluster.Server.Access.Allow("t", "patch", "nodes/status");
        cluster.Server.Nodes.Put("a");
        var client = cluster.Client(access: cluster.Access("t"));
        Assert.Equal(KubeOutcome.NotFound, (await client.GetAsync(KubePath.Lease("homelab", "leader"), Cluster.None)).Status.Outcome);
        Assert.Equal(KubeOutcome.Forbidden, (await client.GetAsync(KubePath.Lease("homelab", "other"), Cluster.None)).Status.Outcome);
        Assert.True((await client.PatchAsync(KubePath.Node("a").Status(), KubePatch.Merge([]), Cluster.None)).IsOk);
        Assert.Equal(KubeOutcome.Forbidden, (await client.PatchAsync(KubePath.Node("a"), KubePatch.Merge([]), Cluster.None)).Status.Outcome);
    }

    [Fact]
    public async Task Apply_SharedField_StaysWhenOneOwnerDropsIt()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Nodes.Put("a");
        var client = cluster.Client();
        foreach (var manager in (string[])["one", "two"])
            await client.ApplyAsync(KubePath.Node("a"), Body(new JsonObject { ["x"] = "1" }), manager, Cluster.None);
        await client.ApplyAsync(KubePath.Node("a"), Body([]), "one", Cluster.None);
        Assert.Equal("1", cluster.Server.Nodes.Labels("a")["x"]);
        await client.ApplyAsync(KubePath.Node("a"), Body([]), "two", Cluster.None);
        Assert.DoesNotContain("x", cluster.Server.Nodes.Labels("a").Keys);
    }

    private static JsonObject Body(JsonObject labels) => new() { ["apiVersion"] = "v1", ["kind"] = "Node", ["metadata"] = new JsonObject { ["labels"] = labels } };
}

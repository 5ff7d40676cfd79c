using System.Text.Json;
using Homelab.Aggregator.Cli;
using Homelab.FakeKubernetes;

namespace Homelab.Aggregator.Kubernetes.Tests;

public sealed class KubernetesCommandsTests
{
    [Fact]
    public async Task Preview_ClusterWithoutAgents_ShowsItAndItsNodes()
    {
        await using var server = await FakeApiServer.StartAsync();
        server.Nodes.Put("um890");
        await using var started = await Started.StartAsync(server.KubeConfig("home"));
        (int Exit, string Output, string Errors) said = default;
        // The cluster is up a moment before its nodes are in the view.
        for (var isSeen = false; !isSeen; isSeen = said.Output.Contains(" up ", StringComparison.Ordinal) && said.Output.Contains("um890", StringComparison.Ordinal))
            said = await started.RunAsync("k8s", "preview");

        Assert.Equal(ExitCode.Ok, said.Exit);
        Assert.Contains("No agent speaks for home/um890.", said.Output, StringComparison.Ordinal);
        var json = JsonElement.Parse((await started.RunAsync("k8s", "preview", "-o", "json")).Output);
        Assert.Equal("leading", json.GetProperty("role").GetString());
        Assert.Equal("home", json.GetProperty("nodes")[0].GetProperty("cluster").GetString());
        using var http = new HttpClient();
        var metrics = await http.GetStringAsync(new Uri(started.Http, "metrics"));
        Assert.Contains("homelab_kubernetes_up{cluster=\"home\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("homelab_kubernetes_nodes{cluster=\"home\",matched=\"false\"} 1", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Preview_NotEnabled_SaysHowToEnableIt()
    {
        await using var server = await FakeApiServer.StartAsync();
        await using var started = await Started.StartAsync(server.KubeConfig("home"), isEnabled: false);
        Assert.Contains("kubernetes.enabled: true", (await started.RunAsync("k8s", "preview")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clean_LabelledNode_PrintsEachAndDoesNothingTwice()
    {
        await using var server = await FakeApiServer.StartAsync();
        server.Nodes.Put("um890", [new("power.homelab/state", "ok"), new("power.homelab/rack", "r1")]);
        await using var started = await Started.StartAsync(server.KubeConfig("home"), isEnabled: false);

        Assert.Equal((ExitCode.Ok, "home/um890: label power.homelab/state would go\n", ""), await started.RunAsync("k8s", "clean", "--dry-run"));
        Assert.Equal("ok", server.Nodes.Labels("um890")["power.homelab/state"]);
        Assert.Equal((ExitCode.Ok, "home/um890: label power.homelab/state is gone\n", ""), await started.RunAsync("k8s", "clean", "--context", "home"));
        Assert.Equal((ExitCode.Ok, "home: nothing of ours under power.homelab/ is on its nodes\n", ""), await started.RunAsync("k8s", "clean"));
        Assert.Equal("r1", server.Nodes.Labels("um890")["power.homelab/rack"]);
    }

    [Fact]
    public async Task Clean_UnknownContext_NamesThoseThereAre()
    {
        await using var server = await FakeApiServer.StartAsync();
        await using var started = await Started.StartAsync(server.KubeConfig("home"), isEnabled: false);
        var (exit, _, errors) = await started.RunAsync("k8s", "clean", "--context", "lab");
        Assert.Equal(ExitCode.Usage, exit);
        Assert.Contains("the contexts are home", errors, StringComparison.Ordinal);
    }
}

using System.Text.Json.Nodes;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Configuration;
using Homelab.Aggregator.Fleet;
using Homelab.FakeKubernetes;
using Homelab.Units;

namespace Homelab.Aggregator.Kubernetes.Tests;

public sealed class LabelLoopTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Turn_SteadyFleet_LabelsOnceAndThenWritesNothing()
    {
        await using var bench = await Bench.StartAsync();
        bench.Server.Nodes.Put("um890");
        bench.Fleet.Put("um890");
        await bench.PassAsync(Minute);

        var labels = bench.Server.Nodes.Labels("um890");
        Assert.Equal("ok", labels["power.homelab/state"]);
        Assert.Equal("nominal", labels["power.homelab/thermal"]);
        Assert.Equal("measured", labels["power.homelab/metering"]);
        Assert.Equal("um890-pro", labels["power.homelab/board"]);
        Assert.Equal("20.0", bench.Server.Nodes.Annotations("um890")["power.homelab/watts"]);
        Assert.Equal("linux", labels["kubernetes.io/os"]);

        bench.Server.Requests.Clear();
        await bench.PassAsync(20 * Minute);
        Assert.Empty(bench.Server.Requests.Writes);
    }

    [Fact]
    public async Task Turn_ModeObserve_WritesNothingAndSaysWhatItWould()
    {
        await using var bench = await Bench.StartAsync();
        bench.Server.Nodes.Put("um890");
        bench.Fleet.Put("um890").Mode = ControlMode.Observe;
        await bench.PassAsync(2 * Minute);

        Assert.Empty(bench.Server.Requests.Writes);
        Assert.Contains(bench.View.Lines, line => line is { Key: "power.homelab/state", To: "ok", HeldBack: "mode observe" });
    }

    [Fact]
    public async Task Turn_ThrottledNode_IsTaintedAndFreedAfterTheDwell()
    {
        await using var bench = await TwoNodesAsync();
        bench.Fleet.Throttle("um890", true);
        await bench.PassAsync(5 * Minute);

        Assert.Equal("throttling", bench.Server.Nodes.Labels("um890")["power.homelab/thermal"]);
        Assert.Equal("elevated", bench.Server.Nodes.Labels("um890")["power.homelab/state"]);
        Assert.Equal(["power.homelab/throttling:PreferNoSchedule"], bench.Server.Nodes.Taints("um890"));
        Assert.Equal("True", bench.Server.Nodes.Condition("um890", "ThermalThrottling"));
        Assert.Equal("True", bench.Server.Nodes.Condition("um890", "Ready"));
        Assert.Empty(bench.Server.Nodes.Taints("rk1"));

        bench.Fleet.Throttle("um890", false);
        await bench.PassAsync(TimeSpan.FromSeconds(290));
        Assert.NotEmpty(bench.Server.Nodes.Taints("um890"));
        await bench.PassAsync(5 * Minute);
        Assert.Empty(bench.Server.Nodes.Taints("um890"));
        Assert.Equal("False", bench.Server.Nodes.Condition("um890", "ThermalThrottling"));
        Assert.Equal("nominal", bench.Server.Nodes.Labels("um890")["power.homelab/thermal"]);
    }

    [Fact]
    public async Task Turn_UnderVoltage_IsConditionTaintAndEvent()
    {
        await using var bench = await TwoNodesAsync();
        bench.Fleet.Throttle("um890", true, ThrottleReason.UnderVoltage);
        await bench.PassAsync(5 * Minute);

        Assert.Equal("critical", bench.Server.Nodes.Labels("um890")["power.homelab/state"]);
        Assert.Equal("True", bench.Server.Nodes.Condition("um890", "UnderVoltage"));
        Assert.Equal(["power.homelab/throttling:PreferNoSchedule"], bench.Server.Nodes.Taints("um890"));
        var told = Assert.Single(bench.Server.Events("default").All, happened => (string?)happened["reason"] == "UnderVoltageDetected");
        Assert.Equal(("Node", "um890", "um890", "Warning"), (Text(told, "involvedObject", "kind"), Text(told, "involvedObject", "name"), Text(told, "involvedObject", "uid"), (string?)told["type"]));
    }

    [Fact]
    public async Task Turn_GroupOverBudget_TaintsWhoIsToShedOnly()
    {
        await using var bench = await TwoNodesAsync();
        bench.Fleet.Put("um890", 70).Put("rk1", 12).Budget = 60;
        await bench.PassAsync(5 * Minute);

        Assert.Equal(["power.homelab/over-budget:PreferNoSchedule"], bench.Server.Nodes.Taints("um890"));
        Assert.Equal("True", bench.Server.Nodes.Condition("um890", "PowerBudgetExceeded"));
        Assert.Empty(bench.Server.Nodes.Taints("rk1"));
        Assert.Contains(bench.Server.Events("default").All, happened => (string?)happened["reason"] == "FleetOverBudget");

        bench.Fleet.Put("um890", 20);
        await bench.PassAsync(10 * Minute);
        Assert.Empty(bench.Server.Nodes.Taints("um890"));
        Assert.Equal("False", bench.Server.Nodes.Condition("um890", "PowerBudgetExceeded"));
    }

    [Fact]
    public async Task Turn_CapHeldAndReleased_IsLabelAndEvents()
    {
        await using var bench = await TwoNodesAsync();
        bench.Fleet.Mode = ControlMode.Cap;
        bench.Fleet.Put("um890", 20, control: Held);
        await bench.PassAsync(5 * Minute);
        Assert.Equal("hard", bench.Server.Nodes.Labels("um890")["power.homelab/cap"]);
        Assert.Equal("40.0", bench.Server.Nodes.Annotations("um890")["power.homelab/watts-cap"]);

        bench.Fleet.Put("um890");
        await bench.PassAsync(5 * Minute);
        Assert.Equal("none", bench.Server.Nodes.Labels("um890")["power.homelab/cap"]);
        var reasons = bench.Server.Events("default").All.Select(happened => (string?)happened["reason"]).Order();
        Assert.Equal(["PowerCapApplied", "PowerCapReleased"], reasons);
    }

    [Fact]
    public async Task Turn_EventAgainWithinTheHour_CountsOnTheOneThatIsThere()
    {
        await using var bench = await TwoNodesAsync();
        for (var i = 0; i < 3; i++)
        {
            bench.Fleet.Throttle("um890", true, ThrottleReason.UnderVoltage);
            await bench.PassAsync(Minute);
            bench.Fleet.Throttle("um890", false, ThrottleReason.UnderVoltage);
            await bench.PassAsync(7 * Minute);
        }

        var told = Assert.Single(bench.Server.Events("default").All, happened => (string?)happened["reason"] == "UnderVoltageDetected");
        Assert.Equal(3, (int)told["count"]!);
    }

    [Fact]
    public async Task Turn_SilentAgent_KeepsAllAndThenSaysUnknown()
    {
        await using var bench = await TwoNodesAsync();
        bench.Fleet.Silence("um890");
        await bench.PassAsync(Minute);
        Assert.Equal("ok", bench.Server.Nodes.Labels("um890")["power.homelab/state"]);
        await bench.PassAsync(2 * Minute);

        Assert.Equal("unknown", bench.Server.Nodes.Labels("um890")["power.homelab/state"]);
        Assert.Equal("um890-pro", bench.Server.Nodes.Labels("um890")["power.homelab/board"]);
    }

    [Fact]
    public async Task Turn_FlappingFacts_PatchesANodeAtMostOnceAMinute()
    {
        await using var bench = await TwoNodesAsync();
        bench.Server.Requests.Clear();
        const int Minutes = 60;
        await bench.PassAsync(Minutes * Minute, i => bench.Fleet.Put("um890", i % 2 == 0 ? 10 : 55 + i % 7, node => node with
        {
            ThermalHeadroom = new Temperature(i % 3 == 0 ? -2_000 : 30_000),
            Throttled = node.Throttled.SetItem(ThrottleReason.Thermal, i / 8 % 2 == 0).SetItem(ThrottleReason.UnderVoltage, i / 70 % 2 == 0),
        }));

        Assert.InRange(bench.Server.Requests.Patches("um890"), 2, Minutes);
        Assert.Equal(0, bench.Server.Requests.Patches("rk1"));
    }

    [Fact]
    public async Task Turn_Restarts_RemoveNothing()
    {
        await using var bench = await TwoNodesAsync();
        bench.Fleet.Throttle("um890", true);
        await bench.PassAsync(5 * Minute);
        var before = Carried(bench.Server, "um890");
        bench.Server.Requests.Clear();
        for (var i = 0; i < 3; i++)
        {
            await bench.RestartAsync();
            bench.Fleet.Silence("um890");
            await bench.PassAsync(TimeSpan.FromSeconds(20));
            bench.Fleet.Throttle("um890", true);
            await bench.PassAsync(Minute);
        }

        Assert.Equal(before, Carried(bench.Server, "um890"));
        Assert.Empty(bench.Server.Requests.Writes);
    }

    [Fact]
    public async Task Turn_OneClusterDead_LabelsTheOtherOnTime()
    {
        await using var bench = await Bench.StartAsync(clusters: 2);
        bench.Servers[0].Faults.IsDown = true;
        bench.Servers[0].Nodes.Put("pi4");
        bench.Servers[1].Nodes.Put("um890");
        bench.Fleet.Put("um890").Put("pi4");
        await bench.PassAsync(Minute);

        Assert.Equal("ok", bench.Servers[1].Nodes.Labels("um890")["power.homelab/state"]);
        Assert.False(bench.View.Clusters[0].IsUp);
        Assert.NotEmpty(bench.View.Clusters[0].Trouble);
        Assert.True(bench.View.Clusters[1].IsUp);
        bool IsToldLost(string line) => line.Contains(" 401 cluster c0", StringComparison.Ordinal);
        await Patience.UntilAsync(() => bench.Log.Lines.Any(IsToldLost), () =>
        {
            bench.Turn();
            bench.Clock.Advance(TimeSpan.FromMilliseconds(100));
        });
        await bench.PassAsync(Minute);
        Assert.Single(bench.Log.Lines, IsToldLost);

        bench.Servers[0].Faults.IsDown = false;
        await bench.PassAsync(Minute);
        Assert.Equal("ok", bench.Servers[0].Nodes.Labels("pi4")["power.homelab/state"]);
    }

    [Fact]
    public async Task Turn_OneClusterHangs_LabelsTheOtherOnTime()
    {
        await using var bench = await Bench.StartAsync(clusters: 2);
        bench.Servers[0].Nodes.Put("pi4");
        bench.Servers[1].Nodes.Put("um890");
        bench.Fleet.Put("um890").Put("pi4");
        await bench.CatchUpAsync();
        bench.Servers[0].Faults.Hold();
        for (var i = 0; i < 12; i++)
        {
            bench.Turn();
            bench.Clock.Advance(Bench.Round);
        }
        // A request that a busy machine let time out is sent again as time passes.
        await Patience.UntilAsync(() => bench.Servers[1].Nodes.Labels("um890").ContainsKey("power.homelab/state"), () =>
        {
            bench.Turn();
            bench.Clock.Advance(TimeSpan.FromMilliseconds(50));
        });

        Assert.DoesNotContain("power.homelab/state", bench.Servers[0].Nodes.Labels("pi4").Keys);
    }

    [Fact]
    public async Task Turn_WhatIsForeign_StaysAsItIs()
    {
        await using var bench = await TwoNodesAsync();
        bench.Server.Nodes.Edit("um890", node =>
        {
            node["metadata"]!["labels"]!["team"] = "blue";
            node["metadata"]!["labels"]!["power.homelab/rack"] = "r1";
            node["spec"]!["taints"] = new JsonArray(new JsonObject { ["key"] = "dedicated", ["value"] = "gpu", ["effect"] = "NoExecute", ["timeAdded"] = "2026-01-01T00:00:00Z" });
        });
        bench.Fleet.Throttle("um890", true);
        await bench.PassAsync(5 * Minute);
        Assert.Contains("dedicated=gpu:NoExecute", bench.Server.Nodes.Taints("um890"));
        Assert.Equal(2, bench.Server.Nodes.Taints("um890").Length);
        bench.Fleet.Throttle("um890", false);
        await bench.PassAsync(15 * Minute);

        Assert.Equal(["dedicated=gpu:NoExecute"], bench.Server.Nodes.Taints("um890"));
        Assert.Equal("2026-01-01T00:00:00Z", (string?)bench.Server.Nodes.Find("um890")!["spec"]!["taints"]![0]!["timeAdded"]);
        Assert.Equal(("blue", "r1"), (bench.Server.Nodes.Labels("um890")["team"], bench.Server.Nodes.Labels("um890")["power.homelab/rack"]));
    }

    [Fact]
    public async Task Turn_FieldHeldByAnother_IsLeftToItAndToldOnce()
    {
        await using var bench = await Bench.StartAsync();
        bench.Server.Nodes.Put("um890");
        bench.Server.Nodes.Edit("um890", node => node["metadata"]!["labels"]!["power.homelab/board"] = "mine", "kubectl-label");
        bench.Fleet.Put("um890");
        await bench.PassAsync(30 * Minute);

        Assert.Equal("mine", bench.Server.Nodes.Labels("um890")["power.homelab/board"]);
        Assert.Equal("ok", bench.Server.Nodes.Labels("um890")["power.homelab/state"]);
        Assert.Single(bench.Log.Lines, line => line.Contains("power.homelab/board is held by 'kubectl-label'", StringComparison.Ordinal));
        Assert.InRange(bench.Server.Requests.Patches("um890"), 2, 16);
    }

    [Fact]
    public async Task Turn_TwoAgentsFitOneNode_NamesBothOnceAndWritesNothing()
    {
        await using var bench = await Bench.StartAsync();
        bench.Server.Nodes.Put("worker", address: "192.0.2.9");
        bench.Fleet.Put("um890").Put("rk1");
        await bench.PassAsync(Minute);

        var doubt = Assert.Single(bench.View.Nodes).Doubt;
        Assert.Contains("'rk1' and 'um890'", doubt, StringComparison.Ordinal);
        Assert.Single(bench.Log.Lines, line => line.Contains(doubt, StringComparison.Ordinal));
        Assert.Empty(bench.Server.Requests.Writes);
    }

    [Fact]
    public async Task Turn_AgentBehindAnothersAddress_IsStillItsOwnNodes()
    {
        await using var bench = await Bench.StartAsync();
        bench.Server.Nodes.Put("gateway", address: "192.0.2.9");
        bench.Server.Nodes.Put("um890", address: "10.0.0.5");
        bench.Fleet.Put("um890");
        await bench.PassAsync(Minute);

        Assert.Equal("ok", bench.Server.Nodes.Labels("um890")["power.homelab/state"]);
        Assert.DoesNotContain("power.homelab/state", bench.Server.Nodes.Labels("gateway").Keys);
    }

    [Fact]
    public async Task Turn_AgentOutsideByConfigAndByAddress_IsFound()
    {
        await using var bench = await Bench.StartAsync(new KubernetesOptions { Nodes = [new KubernetesNodeRule(NodeName.Parse("rk1"), "c0", "worker-2")] });
        bench.Server.Nodes.Put("worker-1", address: "192.0.2.9");
        bench.Server.Nodes.Put("worker-2", address: "10.0.0.5");
        bench.Fleet.Put("um890").Put("rk1", with: node => node with { Identity = node.Identity! with { Peer = "192.0.2.77:1" } });
        await bench.PassAsync(Minute);

        Assert.Equal(["um890 address", "rk1 configuration"], bench.View.Nodes.Select(node => $"{node.Agent} {node.Evidence}"));
    }

    [Fact]
    public async Task Turn_AgentsOnOneKernel_AreLabelledAsOneMachine()
    {
        await using var bench = await Bench.StartAsync();
        bench.Server.Nodes.Put("kind-a");
        bench.Server.Nodes.Put("kind-b");
        foreach (var name in (string[])["kind-a", "kind-b"])
            bench.Fleet.Put(name, with: node => node with { SharedHost = new SharedHost("kind-a", NodeName.Parse("kind-a")) });
        await bench.PassAsync(Minute);

        Assert.Equal("kind-a", bench.Server.Nodes.Labels("kind-b")["power.homelab/shared-host"]);
        Assert.Equal("host", bench.Server.Nodes.Annotations("kind-a")["power.homelab/watts-scope"]);
    }

    [Fact]
    public async Task Turn_NotLeading_WritesNothingAndAdoptsWhenItDoes()
    {
        await using var bench = await TwoNodesAsync();
        bench.Fleet.Throttle("um890", true);
        await bench.PassAsync(5 * Minute);
        bench.Leadership.Leads = false;
        bench.Server.Requests.Clear();
        bench.Fleet.Silence("um890").Silence("rk1");
        await bench.PassAsync(20 * Minute);
        Assert.Equal("standby", bench.View.Role);
        bench.Leadership.Leads = true;
        await bench.PassAsync(TimeSpan.FromSeconds(30));
        bench.Fleet.Throttle("um890", true).Put("rk1");
        await bench.PassAsync(2 * Minute);

        Assert.Empty(bench.Server.Requests.Writes);
        Assert.Equal("throttling", bench.Server.Nodes.Labels("um890")["power.homelab/thermal"]);
    }

    [Fact]
    public async Task Turn_NodeDeletedMeanwhile_IsNotBroughtBack()
    {
        await using var bench = await Bench.StartAsync();
        bench.Server.Nodes.Put("um890");
        bench.Fleet.Put("um890");
        await bench.PassAsync(TimeSpan.FromSeconds(25));
        bench.Server.Faults.DropWatches();
        bench.Server.Nodes.Remove("um890");
        for (var i = 0; i < 6; i++)
        {
            bench.Turn();
            await bench.SettleAsync();
            bench.Clock.Advance(Bench.Round);
        }

        Assert.Equal(0, bench.Server.Nodes.Count);
    }

    [Fact]
    public async Task Turn_Watts_AreAdvertisedAndAgainAfterAKubelet()
    {
        await using var bench = await Bench.StartAsync(new KubernetesOptions { Watts = true });
        bench.Server.Nodes.Put("um890");
        bench.Fleet.Put("um890");
        await bench.PassAsync(Minute * 3);
        Assert.Equal("30", Capacity(bench.Server, "um890"));
        bench.Server.Nodes.Edit("um890", node => node["status"]!["capacity"]!["power.homelab/watts"] = "0");
        await bench.PassAsync(Minute * 4);

        Assert.Equal("30", Capacity(bench.Server, "um890"));
        Assert.Equal("30", (string?)bench.Server.Nodes.Find("um890")!["status"]!["allocatable"]!["power.homelab/watts"]);
        Assert.Equal("4", (string?)bench.Server.Nodes.Find("um890")!["status"]!["capacity"]!["cpu"]);
    }

    internal static async Task<Bench> TwoNodesAsync()
    {
        var bench = await Bench.StartAsync();
        bench.Server.Nodes.Put("um890");
        bench.Server.Nodes.Put("rk1");
        bench.Fleet.Put("um890").Put("rk1");
        await bench.PassAsync(3 * Minute);
        Assert.Equal("ok", bench.Server.Nodes.Labels("um890")["power.homelab/state"]);
        return bench;
    }

    internal static (string, string, string) Carried(FakeApiServer server, string node) => (
        string.Join('\n', server.Nodes.Labels(node).OrderBy(pair => pair.Key)), string.Join('\n', server.Nodes.Taints(node)), $"{server.Nodes.Condition(node, "ThermalThrottling")}");

    private static NodeControl Held(NodeControl node) =>
        node with { Standing = NodeStanding.Held, Cap = Power.FromWatts(40), Effective = Power.FromWatts(40), Reason = "the budget is shared by demand" };

    private static string? Capacity(FakeApiServer server, string node) => (string?)server.Nodes.Find(node)!["status"]!["capacity"]!["power.homelab/watts"];

    private static string? Text(JsonObject item, string section, string key) => (string?)item[section]![key];
}

using System.Text.Json.Nodes;

namespace Homelab.Aggregator.KubeApi.Tests.Requests;

public sealed class KubeClientTests
{
    private static readonly string[] ThreeNodes = ["a", "b", "c"];

    [Fact]
    public async Task Get_NodeThatExists_IsReadWhole()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Nodes.Put("pi-1", [new("team", "blue")], arch: "arm64", controlPlane: true, providerId: "k3s://pi-1", address: "10.0.0.7");
        var answer = await cluster.Client().GetAsync(KubePath.Node("pi-1"), Cluster.None);
        var node = answer.Then(KubeNode.Read).Value!;
        Assert.Equal("pi-1", node.Name);
        Assert.Equal("arm64", node.Labels["kubernetes.io/arch"]);
        Assert.Equal("k3s://pi-1", node.ProviderId);
        Assert.Contains(new KubeAddress("InternalIP", "10.0.0.7"), node.Addresses);
        Assert.Equal("machine-pi-1", node.Info.MachineId);
        Assert.Equal("True", Assert.Single(node.Conditions).Status);
        Assert.Equal("4", node.Capacity["cpu"]);
        Assert.Contains(new FieldOwnership("kubelet", "Update", "labels", "team"), node.Managers);
        Assert.Equal("homelab-aggregator", cluster.Server.Requests.All[0].UserAgent);
    }

    [Fact]
    public async Task Get_NodeThatIsNotThere_IsNotFound()
    {
        await using var cluster = await Cluster.StartAsync();
        var answer = await cluster.Client().GetAsync(KubePath.Node("ghost"), Cluster.None);
        Assert.Equal(KubeOutcome.NotFound, answer.Status.Outcome);
        Assert.Equal("NotFound", answer.Status.Reason);
        Assert.Single(cluster.Server.Requests.All);
    }

    [Fact]
    public async Task List_ThreePages_AreOneList()
    {
        await using var cluster = await Cluster.StartAsync();
        foreach (var name in ThreeNodes)
            cluster.Server.Nodes.Put(name);
        var list = await cluster.Client(Cluster.Unhurried with { PageSize = 1 }).ListAsync(KubePath.Nodes, KubeNode.Read, Cluster.None);
        Assert.Equal(ThreeNodes, list.Value!.Items.Select(node => node.Name));
        Assert.Equal(3, cluster.Server.Requests.Count(request => request.Verb == "list"));
    }

    [Fact]
    public async Task List_ContinueExpires_BeginsAgainInOnePiece()
    {
        await using var cluster = await Cluster.StartAsync();
        foreach (var name in ThreeNodes)
            cluster.Server.Nodes.Put(name);
        cluster.Server.Faults.Next(1, 410, which: request => request.Parameter("continue").Length > 0);
        var list = await cluster.Client(Cluster.Unhurried with { PageSize = 2 }).ListAsync(KubePath.Nodes, KubeNode.Read, Cluster.None);
        Assert.Equal(ThreeNodes, list.Value!.Items.Select(node => node.Name));
        Assert.Equal(["2", "2", ""], cluster.Server.Requests.All.Select(request => request.Parameter("limit")));
    }

    [Fact]
    public async Task List_ServerCompactsBetweenPages_BeginsAgain()
    {
        await using var cluster = await Cluster.StartAsync();
        foreach (var name in ThreeNodes)
            cluster.Server.Nodes.Put(name);
        var client = cluster.Client(Cluster.Unhurried with { PageSize = 2 });
        var compacted = false;
        var list = await client.ListAsync(KubePath.Nodes, node =>
        {
            if (!compacted)
            {
                cluster.Server.Nodes.Edit("c", item => item["spec"]!["unschedulable"] = true);
                cluster.Server.Store.Compact();
            }
            compacted = true;
            return KubeNode.Read(node);
        }, Cluster.None);
        Assert.Equal(ThreeNodes, list.Value!.Items.Select(node => node.Name));
    }

    [Fact]
    public async Task List_ObjectWithoutName_IsCountedNotFatal()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Faults.NextBody(1, """{"metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"a","labels":{"x":1,"y":"2"}},"spec":{"taints":"none","unschedulable":"yes"}},{"metadata":5},17]}""");
        var list = await cluster.Client().ListAsync(KubePath.Nodes, KubeNode.Read, Cluster.None);
        var node = Assert.Single(list.Value!.Items);
        Assert.Equal("2", Assert.Single(node.Labels).Value);
        Assert.Empty(node.Taints);
        Assert.Equal(2, list.Value!.Unreadable);
        Assert.Equal("7", list.Value!.ResourceVersion);
    }

    [Fact]
    public async Task List_ThatNeverEnds_IsRefused()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Faults.NextBody(1000, """{"metadata":{"resourceVersion":"7","continue":"on"},"items":[{"metadata":{"name":"a"}}]}""");
        var list = await cluster.Client(Cluster.Unhurried with { LongestList = 5 }).ListAsync(KubePath.Nodes, KubeNode.Read, Cluster.None);
        Assert.Equal(KubeOutcome.Garbage, list.Status.Outcome);
        Assert.Equal(5, cluster.Server.Requests.All.Count);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task Send_ServerErrorTwice_IsTriedAgainAfterGrowingWaits(int code)
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Nodes.Put("a");
        cluster.Server.Faults.Next(2, code);
        var start = cluster.Clock.GetTimestamp();
        var answer = await cluster.Clock.DriveAsync(cluster.Client().GetAsync(KubePath.Node("a"), Cluster.None), TimeSpan.FromMilliseconds(25));
        Assert.True(answer.IsOk);
        Assert.Equal(3, cluster.Server.Requests.All.Count);
        // Half of 250 and of 500 ms, since the dice always show 0.
        Assert.True(cluster.Clock.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(375));
    }

    [Fact]
    public async Task Send_ServerErrorForEver_EndsAfterTheAttempts()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Faults.Next(100, 500);
        var client = cluster.Client(Cluster.Unhurried with { Attempts = 3 });
        var answer = await cluster.Clock.DriveAsync(client.GetAsync(KubePath.Nodes, Cluster.None), TimeSpan.FromMilliseconds(50));
        Assert.Equal(KubeOutcome.ServerError, answer.Status.Outcome);
        Assert.Equal(500, answer.Status.Code);
        Assert.Equal(3, cluster.Server.Requests.All.Count);
        Assert.Equal((3, 2, 3), (client.Traffic.Reads, client.Traffic.Retries, client.Traffic.Failures));
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task Send_RetryAfter_IsWaitedFor(int code)
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Nodes.Put("a");
        cluster.Server.Faults.Next(1, code, TimeSpan.FromSeconds(7));
        var asking = cluster.Client().GetAsync(KubePath.Node("a"), Cluster.None);
        await Patience.UntilAsync(() => cluster.Clock.PendingTimers == 1 && cluster.Server.Requests.All.Count == 1);
        cluster.Clock.Advance(TimeSpan.FromSeconds(6.9));
        Assert.Single(cluster.Server.Requests.All);
        Assert.True((await cluster.Clock.DriveAsync(asking, TimeSpan.FromMilliseconds(100))).IsOk);
    }

    [Fact]
    public async Task Send_RetryAfterBeyondPatience_IsHandedBack()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Faults.Next(1, 429, TimeSpan.FromMinutes(10));
        var answer = await cluster.Client().GetAsync(KubePath.Nodes, Cluster.None);
        Assert.Equal(KubeOutcome.Busy, answer.Status.Outcome);
        Assert.Equal(TimeSpan.FromMinutes(10), answer.Status.RetryAfter);
        Assert.Single(cluster.Server.Requests.All);
    }

    [Theory]
    [InlineData(400, KubeOutcome.Invalid)]
    [InlineData(403, KubeOutcome.Forbidden)]
    [InlineData(409, KubeOutcome.Conflict)]
    [InlineData(410, KubeOutcome.Gone)]
    [InlineData(422, KubeOutcome.Invalid)]
    [InlineData(302, KubeOutcome.Unexpected)]
    public async Task Send_RefusalThatStands_IsNotTriedAgain(int code, object outcome)
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Faults.Next(1, code);
        var answer = await cluster.Client().GetAsync(KubePath.Nodes, Cluster.None);
        Assert.Equal((KubeOutcome)outcome, answer.Status.Outcome);
        Assert.Equal(code, answer.Status.Code);
        Assert.Single(cluster.Server.Requests.All);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>captive portal</html>")]
    [InlineData("[]")]
    [InlineData("{\"metadata\":")]
    [InlineData("{\"kind\":\"A\",\"kind\":\"B\"}")]
    public async Task Send_AnswerThatIsNoObject_IsGarbage(string body)
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Faults.NextBody(1, body);
        var answer = await cluster.Client(Cluster.Unhurried with { Attempts = 1 }).GetAsync(KubePath.Nodes, Cluster.None);
        Assert.Equal(KubeOutcome.Garbage, answer.Status.Outcome);
    }

    [Fact]
    public async Task Send_AnswerAboveTheLimit_IsRefused()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Faults.NextBody(1, "{\"a\":\"" + new string('x', 5000) + "\"}");
        var answer = await cluster.Client(Cluster.Unhurried with { Attempts = 1, LargestAnswer = 4096 }).GetAsync(KubePath.Nodes, Cluster.None);
        Assert.Equal(KubeOutcome.Garbage, answer.Status.Outcome);
        Assert.Contains("4096", answer.Status.Message);
    }

    [Fact]
    public async Task Send_ServerGone_IsUnreachable()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Faults.IsDown = true;
        var answer = await cluster.Client(Cluster.Unhurried with { Attempts = 1 }).GetAsync(KubePath.Nodes, Cluster.None);
        Assert.Equal(KubeOutcome.Unreachable, answer.Status.Outcome);
        Assert.Equal(0, answer.Status.Code);
    }

    [Fact]
    public async Task Send_NoAnswerInTime_IsTimedOut()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Faults.Hold();
        var asking = cluster.Client(Cluster.Unhurried with { Attempts = 1, RequestTimeout = TimeSpan.FromSeconds(15) }).GetAsync(KubePath.Nodes, Cluster.None);
        await cluster.Server.Requests.ReachAsync(_ => true, 1, Patience.Long);
        cluster.Clock.Advance(TimeSpan.FromSeconds(14.9));
        Assert.False(asking.IsCompleted);
        cluster.Clock.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(KubeOutcome.TimedOut, (await asking.Soon()).Status.Outcome);
    }

    [Fact]
    public async Task Send_CallerGivesUp_IsCancelled()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Faults.Hold();
        using var cancel = new CancellationTokenSource();
        var asking = cluster.Client().GetAsync(KubePath.Nodes, cancel.Token);
        await cluster.Server.Requests.ReachAsync(_ => true, 1, Patience.Long);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking.Soon());
    }

    [Fact]
    public async Task Apply_OwnKeys_AreSetAndVanishWhenDropped()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Nodes.Put("a", [new("team", "blue")]);
        var client = cluster.Client();
        Assert.True((await client.ApplyAsync(KubePath.Node("a"), Labels(("power.homelab/state", "ok"), ("power.homelab/cap", "none")), "homelab", Cluster.None)).IsOk);
        Assert.True((await client.ApplyAsync(KubePath.Node("a"), Labels(("power.homelab/state", "elevated")), "homelab", Cluster.None)).IsOk);
        var labels = cluster.Server.Nodes.Labels("a");
        Assert.Equal("elevated", labels["power.homelab/state"]);
        Assert.Equal("blue", labels["team"]);
        Assert.DoesNotContain("power.homelab/cap", labels.Keys);
        Assert.Equal("application/apply-patch+yaml", cluster.Server.Requests.All[0].MediaType);
        Assert.Equal(2, cluster.Server.Requests.Patches("a"));
    }

    [Fact]
    public async Task Apply_SameAgain_MakesNoNewVersion()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Nodes.Put("a");
        var client = cluster.Client();
        var first = await client.ApplyAsync(KubePath.Node("a"), Labels(("x", "1")), "homelab", Cluster.None);
        var second = await client.ApplyAsync(KubePath.Node("a"), Labels(("x", "1")), "homelab", Cluster.None);
        Assert.Equal(first.Then(KubeNode.Read).Value!.ResourceVersion, second.Then(KubeNode.Read).Value!.ResourceVersion);
    }

    [Fact]
    public async Task Apply_FieldOfAnother_IsAConflictThatNamesBoth()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Nodes.Put("a");
        cluster.Server.Nodes.Edit("a", node => node["metadata"]!["labels"]!["power.homelab/class"] = "server", "kubectl-label");
        var answer = await cluster.Client().ApplyAsync(KubePath.Node("a"), Labels(("power.homelab/class", "mini"), ("power.homelab/state", "ok")), "homelab", Cluster.None);
        Assert.Equal(KubeOutcome.Conflict, answer.Status.Outcome);
        Assert.Equal(new FieldConflict("kubectl-label", ".metadata.labels.power.homelab/class"), Assert.Single(answer.Status.Conflicts));
        Assert.DoesNotContain("power.homelab/state", cluster.Server.Nodes.Labels("a").Keys);
        Assert.Single(cluster.Server.Requests.All);
    }

    [Fact]
    public async Task Apply_FieldOfAnotherForced_IsTaken()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Nodes.Put("a", [new("x", "theirs")]);
        var answer = await cluster.Client().ApplyAsync(KubePath.Node("a"), Labels(("x", "ours")), "homelab", Cluster.None, force: true);
        Assert.Equal("ours", answer.Then(KubeNode.Read).Value!.Labels["x"]);
        Assert.Contains(answer.Then(KubeNode.Read).Value!.Managers, owner => owner is { Manager: "homelab", Operation: "Apply", Key: "x" });
    }

    [Fact]
    public async Task Apply_DryRun_StoresNothing()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Nodes.Put("a");
        var answer = await cluster.Client().ApplyAsync(KubePath.Node("a"), Labels(("x", "1")), "homelab", Cluster.None, dryRun: true);
        Assert.Equal("1", answer.Then(KubeNode.Read).Value!.Labels["x"]);
        Assert.DoesNotContain("x", cluster.Server.Nodes.Labels("a").Keys);
    }

    [Fact]
    public async Task Apply_UidOfANodeThatIsGone_CreatesNoGhost()
    {
        await using var cluster = await Cluster.StartAsync();
        var body = Labels(("x", "1"));
        body["metadata"]!["uid"] = "11111111-0000-0000-0000-000000000000";
        var answer = await cluster.Client().ApplyAsync(KubePath.Node("a"), body, "homelab", Cluster.None);
        Assert.Equal(KubeOutcome.Conflict, answer.Status.Outcome);
        Assert.Equal(0, cluster.Server.Nodes.Count);
    }

    [Fact]
    public async Task Patch_JsonWithTestThatHolds_ChangesTaints()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Nodes.Put("a");
        var taint = new KubeTaint("power.homelab/over-budget", "true", "PreferNoSchedule");
        var patch = KubePatch.Json(JsonPatchStep.Test(null, "spec", "taints"), JsonPatchStep.Add(new JsonArray(taint.ToJson()), "spec", "taints"));
        Assert.True((await cluster.Client().PatchAsync(KubePath.Node("a"), patch, Cluster.None)).IsOk);
        Assert.Equal(["power.homelab/over-budget=true:PreferNoSchedule"], cluster.Server.Nodes.Taints("a"));
    }

    [Fact]
    public async Task Patch_JsonTestRacesAnother_IsInvalidAndChangesNothing()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Nodes.Put("a");
        var client = cluster.Client();
        var seen = (await client.GetAsync(KubePath.Node("a"), Cluster.None)).Then(KubeNode.Read).Value!;
        cluster.Server.Nodes.Edit("a", node => node["spec"]!["taints"] = new JsonArray(new KubeTaint("theirs", "", "NoSchedule").ToJson()));
        var patch = KubePatch.Json(JsonPatchStep.TestVersion(seen.ResourceVersion), JsonPatchStep.Add(new JsonArray(), "spec", "taints"));
        var answer = await client.PatchAsync(KubePath.Node("a"), patch, Cluster.None);
        Assert.Equal(KubeOutcome.Invalid, answer.Status.Outcome);
        Assert.Equal(422, answer.Status.Code);
        Assert.Equal(["theirs:NoSchedule"], cluster.Server.Nodes.Taints("a"));
    }

    [Fact]
    public async Task Patch_AnswerLost_IsSentAgainAndTheTestTells()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Nodes.Put("a");
        cluster.Server.Faults.NextAnswerLost(1);
        var patch = KubePatch.Json(JsonPatchStep.Test(null, "spec", "taints"), JsonPatchStep.Add(new JsonArray(), "spec", "taints"));
        var answer = await cluster.Clock.DriveAsync(cluster.Client().PatchAsync(KubePath.Node("a"), patch, Cluster.None), TimeSpan.FromMilliseconds(25));
        Assert.Equal(KubeOutcome.Invalid, answer.Status.Outcome);
        Assert.Equal(2, cluster.Server.Requests.Patches("a"));
    }

    [Fact]
    public async Task Patch_StrategicStatus_MergesConditionsByType()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Nodes.Put("a");
        var client = cluster.Client();
        var status = new JsonObject
        {
            ["status"] = new JsonObject
            {
                ["conditions"] = new JsonArray(new JsonObject { ["type"] = "ThermalThrottling", ["status"] = "True" }),
                ["capacity"] = new JsonObject { ["power.homelab/watts"] = "25" },
            },
        };
        var answer = await client.PatchAsync(KubePath.Node("a").Status(), KubePatch.Strategic(status), Cluster.None);
        var node = answer.Then(KubeNode.Read).Value!;
        Assert.Equal(["Ready", "ThermalThrottling"], node.Conditions.Select(condition => condition.Type));
        Assert.Equal("25", node.Capacity["power.homelab/watts"]);
        Assert.Equal("4", node.Capacity["cpu"]);
        var removal = JsonNode.Parse("""{"status":{"conditions":[{"type":"ThermalThrottling","$patch":"delete"}],"capacity":{"power.homelab/watts":null}}}""")!.AsObject();
        node = (await client.PatchAsync(KubePath.Node("a").Status(), KubePatch.Strategic(removal), Cluster.None)).Then(KubeNode.Read).Value!;
        Assert.Equal(["Ready"], node.Conditions.Select(condition => condition.Type));
        Assert.DoesNotContain("power.homelab/watts", node.Capacity.Keys);
    }

    [Fact]
    public async Task Patch_MergeOfTheMainResource_LeavesStatusAlone()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Nodes.Put("a");
        var patch = KubePatch.Merge(new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { ["n"] = "1" } }, ["status"] = new JsonObject { ["capacity"] = null } });
        var node = (await cluster.Client().PatchAsync(KubePath.Node("a"), patch, Cluster.None)).Then(KubeNode.Read).Value!;
        Assert.Equal("1", node.Annotations["n"]);
        Assert.Equal("4", node.Capacity["cpu"]);
    }

    [Fact]
    public async Task Create_EventWithNameAndAnswerLost_ExistsOnce()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Faults.NextAnswerLost(1);
        var body = Event("default");
        var answer = await cluster.Clock.DriveAsync(cluster.Client().CreateAsync(KubePath.Events("default"), body, Cluster.None), TimeSpan.FromMilliseconds(25));
        Assert.Equal("AlreadyExists", answer.Status.Reason);
        Assert.Equal("events.k8s.io/v1", (string?)Assert.Single(cluster.Server.Events("default").All)["apiVersion"]);
    }

    [Fact]
    public async Task Create_EventAboutANodeWithoutItsNamespace_IsInvalid()
    {
        await using var cluster = await Cluster.StartAsync();
        Assert.Equal(KubeOutcome.Invalid, (await cluster.Client().CreateAsync(KubePath.Events("default"), Event(null), Cluster.None)).Status.Outcome);
        Assert.True((await cluster.Client().CreateAsync(KubePath.Events("kube-system"), Event(null), Cluster.None)).IsOk);
    }

    [Fact]
    public async Task Create_GeneratedNameAndAnswerLost_IsNotRepeated()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Faults.NextAnswerLost(1);
        var body = new JsonObject { ["metadata"] = new JsonObject { ["generateName"] = "capped-" } };
        var answer = await cluster.Client().CreateAsync(KubePath.CoreEvents("default"), body, Cluster.None);
        Assert.Equal(KubeOutcome.Unreachable, answer.Status.Outcome);
        Assert.Equal(1, cluster.Server.Events("default").Count);
    }

    [Fact]
    public async Task Update_StaleVersion_IsAConflict()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Nodes.Put("a");
        var stale = cluster.Server.Nodes.Find("a")!;
        cluster.Server.Nodes.Edit("a", node => node["spec"]!["unschedulable"] = true);
        var answer = await cluster.Client().UpdateAsync(KubePath.Node("a"), stale, Cluster.None);
        Assert.Equal(KubeOutcome.Conflict, answer.Status.Outcome);
        Assert.Empty(answer.Status.Conflicts);
    }

    [Fact]
    public async Task Send_BeyondTheBurst_KeepsTheRate()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Nodes.Put("a");
        var client = cluster.Client(new KubeClientOptions());
        var all = Task.WhenAll(Enumerable.Range(0, 14).Select(_ => client.GetAsync(KubePath.Node("a"), Cluster.None)));
        await cluster.Server.Requests.ReachAsync(_ => true, 10, Patience.Long);
        await Patience.UntilAsync(() => cluster.Clock.PendingTimers == 4);
        Assert.Equal(10, cluster.Server.Requests.All.Count);
        cluster.Clock.Advance(TimeSpan.FromSeconds(0.5));
        await cluster.Server.Requests.ReachAsync(_ => true, 11, Patience.Long);
        var start = cluster.Clock.GetTimestamp();
        Assert.All(await cluster.Clock.DriveAsync(all, TimeSpan.FromMilliseconds(100)), answer => Assert.True(answer.IsOk));
        Assert.True(cluster.Clock.GetElapsedTime(start) >= TimeSpan.FromSeconds(1.5));
    }

    [Fact]
    public async Task Send_UrgentBeyondTheBurst_DoesNotWait()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Nodes.Put("a");
        var client = cluster.Client(new KubeClientOptions { Burst = 1, RequestsPerSecond = 0.001 });
        await client.GetAsync(KubePath.Node("a"), Cluster.None);
        Assert.True((await client.SendAsync(new KubeRequest(HttpMethod.Get, KubePath.Node("a")) { Urgent = true }, Cluster.None).Soon()).IsOk);
    }

    [Fact]
    public async Task Send_TokenWithoutTheRight_IsForbidden()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Access.Allow("reader", "get list watch", "nodes");
        cluster.Server.Nodes.Put("a");
        var client = cluster.Client(access: cluster.Access("reader"));
        Assert.True((await client.GetAsync(KubePath.Node("a"), Cluster.None)).IsOk);
        Assert.Equal(KubeOutcome.Forbidden, (await client.ApplyAsync(KubePath.Node("a"), Labels(("x", "1")), "homelab", Cluster.None)).Status.Outcome);
        Assert.Equal(KubeOutcome.Unauthenticated, (await cluster.Client(access: cluster.Access("wrong")).GetAsync(KubePath.Node("a"), Cluster.None)).Status.Outcome);
    }

    private static JsonObject Event(string? about)
    {
        var regarding = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Node", ["name"] = "a" };
        if (about is not null)
            regarding["namespace"] = about;
        return new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "capped-1" },
            ["eventTime"] = "2026-01-01T00:00:00.000000Z",
            ["reportingController"] = "power.homelab/aggregator",
            ["reportingInstance"] = "aggregator-0",
            ["action"] = "Cap",
            ["reason"] = "PowerCapped",
            ["type"] = "Normal",
            ["regarding"] = regarding,
        };
    }

    private static JsonObject Labels(params (string Key, string Value)[] labels) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Node",
        ["metadata"] = new JsonObject { ["labels"] = new JsonObject(labels.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))) },
    };
}

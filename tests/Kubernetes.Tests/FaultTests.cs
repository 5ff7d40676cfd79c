using Homelab.FakeKubernetes;

namespace Homelab.Aggregator.Kubernetes.Tests;

/// <summary>Whatever the API server does, the nodes carry the right things in the end, and nothing is removed on the way.</summary>
public sealed class FaultTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    public static TheoryData<int, int> Answers => new() { { 409, 3 }, { 410, 2 }, { 429, 7 }, { 500, 8 }, { 503, 3 }, { 422, 2 }, { 403, 4 } };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Write_Refused_IsRightInTheEnd(int status, int times)
    {
        await using var bench = await LabelLoopTests.TwoNodesAsync();
        var watcher = new Removals(bench.Server);
        bench.Server.Faults.Next(times, status, status is 429 or 503 ? TimeSpan.FromSeconds(3) : null, request => request.Verb == "patch");
        bench.Fleet.Throttle("um890", true);
        await bench.PassAsync(20 * Minute);

        Assert.Equal("throttling", bench.Server.Nodes.Labels("um890")["power.homelab/thermal"]);
        Assert.Equal(["power.homelab/throttling:PreferNoSchedule"], bench.Server.Nodes.Taints("um890"));
        Assert.Equal("True", bench.Server.Nodes.Condition("um890", "ThermalThrottling"));
        Assert.Equal("ok", bench.Server.Nodes.Labels("rk1")["power.homelab/state"]);
        Assert.Empty(watcher.Lost);
        Assert.Empty(bench.View.Lines);
    }

    [Fact]
    public async Task Write_RetryAfter_IsWaitedFor()
    {
        await using var bench = await LabelLoopTests.TwoNodesAsync();
        var sent = new List<TimeSpan>();
        bench.Server.Faults.Next(1, 500, which: request =>
        {
            if (request.Verb == "patch")
                sent.Add(bench.Clock.GetElapsedTime(0));
            return false;
        });
        bench.Server.Faults.Next(1, 429, TimeSpan.FromSeconds(20), request => request.Verb == "patch");
        bench.Fleet.Throttle("um890", true);
        await bench.PassAsync(5 * Minute);

        Assert.InRange(sent[1] - sent[0], TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(25));
        Assert.Equal("throttling", bench.Server.Nodes.Labels("um890")["power.homelab/thermal"]);
    }

    [Fact]
    public async Task Write_AnswerLost_IsDoneOnce()
    {
        await using var bench = await LabelLoopTests.TwoNodesAsync();
        bench.Server.Faults.NextAnswerLost(4, request => request.IsWrite);
        bench.Fleet.Throttle("um890", true);
        await bench.PassAsync(10 * Minute);

        Assert.Equal(["power.homelab/throttling:PreferNoSchedule"], bench.Server.Nodes.Taints("um890"));
        Assert.Equal("throttling", bench.Server.Nodes.Labels("um890")["power.homelab/thermal"]);
    }

    [Fact]
    public async Task Watch_Dropped_IsResumedAndNothingRemoved()
    {
        await using var bench = await LabelLoopTests.TwoNodesAsync();
        var watcher = new Removals(bench.Server);
        await bench.PassAsync(10 * Minute, i =>
        {
            if (i % 5 == 0)
                bench.Server.Faults.DropWatches();
            if (i == 40)
                bench.Fleet.Throttle("um890", true);
        });

        Assert.Equal("throttling", bench.Server.Nodes.Labels("um890")["power.homelab/thermal"]);
        Assert.Empty(watcher.Lost);
    }

    [Fact]
    public async Task Watch_HistoryGone_IsListedAgain()
    {
        await using var bench = await LabelLoopTests.TwoNodesAsync();
        var watcher = new Removals(bench.Server);
        bench.Server.Faults.Next(2, 410, which: request => request.Verb is "watch" or "list");
        bench.Server.Faults.DropWatches();
        bench.Fleet.Throttle("um890", true);
        await bench.PassAsync(5 * Minute);

        Assert.Equal("throttling", bench.Server.Nodes.Labels("um890")["power.homelab/thermal"]);
        Assert.Empty(watcher.Lost);
    }

    [Fact]
    public async Task Server_Slow_IsRightInTheEnd()
    {
        await using var bench = await LabelLoopTests.TwoNodesAsync();
        bench.Server.Faults.Delay = TimeSpan.FromMilliseconds(50);
        bench.Fleet.Throttle("um890", true);
        await bench.PassAsync(5 * Minute);

        Assert.Equal(["power.homelab/throttling:PreferNoSchedule"], bench.Server.Nodes.Taints("um890"));
    }

    [Fact]
    public async Task Server_AwayForLong_KeepsWhatItsNodesCarry()
    {
        await using var bench = await LabelLoopTests.TwoNodesAsync();
        var before = LabelLoopTests.Carried(bench.Server, "um890");
        var watcher = new Removals(bench.Server);
        bench.Server.Faults.IsDown = true;
        await bench.PassAsync(30 * Minute);
        bench.Server.Faults.IsDown = false;
        await bench.PassAsync(3 * Minute);

        Assert.Equal(before, LabelLoopTests.Carried(bench.Server, "um890"));
        Assert.Empty(watcher.Lost);
    }

    [Theory]
    [InlineData(-400)]
    [InlineData(400)]
    public async Task Clock_Jumps_ChangeNothing(int days)
    {
        await using var bench = await LabelLoopTests.TwoNodesAsync();
        bench.Fleet.Throttle("um890", true);
        await bench.PassAsync(5 * Minute);
        var before = LabelLoopTests.Carried(bench.Server, "um890");
        bench.Server.Requests.Clear();
        bench.Clock.JumpWall(TimeSpan.FromDays(days));
        await bench.PassAsync(10 * Minute);
        await bench.RestartAsync();
        await bench.PassAsync(5 * Minute);

        Assert.Equal(before, LabelLoopTests.Carried(bench.Server, "um890"));
        Assert.Empty(bench.Server.Requests.Writes);
    }

    [Fact]
    public async Task Taints_ChangedByOthersMeanwhile_AreMerged()
    {
        await using var bench = await LabelLoopTests.TwoNodesAsync();
        bench.Server.Faults.DropWatches();
        bench.Server.Nodes.Edit("um890", node => node["spec"]!["taints"] = new System.Text.Json.Nodes.JsonArray(new System.Text.Json.Nodes.JsonObject { ["key"] = "late", ["effect"] = "NoSchedule" }));
        bench.Fleet.Throttle("um890", true);
        await bench.PassAsync(5 * Minute);

        Assert.Equal(["late:NoSchedule", "power.homelab/throttling:PreferNoSchedule"], bench.Server.Nodes.Taints("um890"));
    }

    /// <summary>Keys and taints of ours that a request took off a node, as they are sent.</summary>
    private sealed class Removals(FakeApiServer server)
    {
        private readonly int _from = server.Requests.All.Count;
        private readonly HashSet<string> _keys = [.. server.Nodes.All.SelectMany(node => server.Nodes.Labels((string)node["metadata"]!["name"]!).Keys).Where(key => key.StartsWith("power.homelab/", StringComparison.Ordinal))];

        /// <summary>Of each label that was there when this began, the applies that leave it out.</summary>
        public IEnumerable<string> Lost => server.Requests.All.Skip(_from)
            .Where(request => request.MediaType == "application/apply-patch+yaml")
            .SelectMany(request => _keys.Where(key => request.Body!["metadata"]!["labels"]![key] is null).Select(key => $"{request.Path} {key}"));

    }
}

using System.Text.Json.Nodes;

namespace Homelab.Aggregator.KubeApi.Tests.Leases;

public sealed class LeaderLoopTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task Run_Alone_LeadsAndRenews()
    {
        await using var cluster = await Cluster.StartAsync();
        await using var one = new Runner(cluster, "one");
        await cluster.Clock.DriveAsync(() => one.Loop.IsLeader, Tick);
        Assert.Equal(1, one.Loop.Term!.Epoch);
        var first = (string?)Lease(cluster)["spec"]!["renewTime"];
        await cluster.Clock.DriveAsync(() => (string?)Lease(cluster)["spec"]!["renewTime"] != first, Tick);
        Assert.Equal("one", (string?)Lease(cluster)["spec"]!["holderIdentity"]);
        Assert.Null(one.Loop.Trouble);
        Assert.False(one.Loop.Term!.Ended.IsCancellationRequested);
    }

    [Fact]
    public async Task Run_LeaderStopped_HandsOverAtOnce()
    {
        await using var cluster = await Cluster.StartAsync();
        await using var one = new Runner(cluster, "one");
        await cluster.Clock.DriveAsync(() => one.Loop.IsLeader, Tick);
        await using var two = new Runner(cluster, "two");
        await cluster.Clock.DriveAsync(() => two.Loop.Holder == "one", Tick);
        var start = cluster.Clock.GetTimestamp();
        await one.StopAsync();
        Assert.True(one.Terms[0].Ended.IsCancellationRequested);
        Assert.Equal("", (string?)Lease(cluster)["spec"]!["holderIdentity"]);
        await cluster.Clock.DriveAsync(() => two.Loop.IsLeader, Tick);
        Assert.True(cluster.Clock.GetElapsedTime(start) < TimeSpan.FromSeconds(4));
        Assert.Equal(2, two.Loop.Term!.Epoch);
    }

    [Fact]
    public async Task Run_LeaderKilled_IsSucceededAfterTheLease()
    {
        await using var cluster = await Cluster.StartAsync();
        // A leader whose process is gone: its record stands, its wall clock was years ahead.
        cluster.Server.Leases("homelab").Create(new LeaderRecord("dead", 15, "2042-01-01T00:00:00.000000Z", "2042-01-01T00:00:00.000000Z", 7, "").ToJson("leader"));
        await using var two = new Runner(cluster, "two");
        await cluster.Clock.DriveAsync(() => two.Loop.Holder == "dead", Tick);
        var start = cluster.Clock.GetTimestamp();
        await cluster.Clock.DriveAsync(() => two.Loop.IsLeader, Tick);
        Assert.InRange(cluster.Clock.GetElapsedTime(start).TotalSeconds, 14.5, 20);
        Assert.Equal(8, two.Loop.Term!.Epoch);
    }

    [Fact]
    public async Task Run_ApiLost_EndsTheTermByTheRenewDeadline()
    {
        await using var cluster = await Cluster.StartAsync();
        await using var one = new Runner(cluster, "one");
        await cluster.Clock.DriveAsync(() => one.Loop.IsLeader, Tick);
        var term = one.Loop.Term!;
        cluster.Server.Faults.Hold(); // No answer, no error: the worst case.
        var start = cluster.Clock.GetTimestamp();
        await cluster.Clock.DriveAsync(() => term.Ended.IsCancellationRequested, Tick);
        Assert.InRange(cluster.Clock.GetElapsedTime(start).TotalSeconds, 7, 10.2);
        Assert.False(one.Loop.IsLeader);
        Assert.Equal([1, null], one.Changes);
        cluster.Server.Faults.Release();
        await cluster.Clock.DriveAsync(() => one.Loop.IsLeader, Tick);
        Assert.True(one.Loop.Term!.Epoch > term.Epoch);
    }

    [Fact]
    public async Task Run_OneAnswerHangs_KeepsTheTerm()
    {
        await using var cluster = await Cluster.StartAsync();
        await using var one = new Runner(cluster, "one");
        await cluster.Clock.DriveAsync(() => one.Loop.IsLeader, Tick);
        var term = one.Loop.Term!;
        cluster.Server.Faults.Hold();
        await cluster.Clock.DriveAsync(() => one.Loop.Trouble is { Outcome: KubeOutcome.TimedOut }, Tick);
        cluster.Server.Faults.Release();
        var renewals = cluster.Server.Requests.All.Count;
        await cluster.Clock.DriveAsync(() => one.Loop.Trouble is null && cluster.Server.Requests.All.Count > renewals + 2, Tick);
        Assert.Same(term, one.Loop.Term);
        Assert.Equal([1], one.Changes);
    }

    [Fact]
    public async Task Term_ProcessPaused_IsOverAtTheFirstLook()
    {
        await using var cluster = await Cluster.StartAsync();
        var frozen = new PausableClock(cluster.Clock);
        await using var one = new Runner(cluster, "one", frozen);
        await cluster.Clock.DriveAsync(() => one.Loop.IsLeader, Tick);
        frozen.IsPaused = true; // No timer fires, no code runs; time goes on.
        cluster.Clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Null(one.Loop.Term);
        Assert.Equal([1], one.Changes);
    }

    [Fact]
    public async Task Run_LeaseTakenByAnother_EndsTheTermAtTheNextRenewal()
    {
        await using var cluster = await Cluster.StartAsync();
        await using var one = new Runner(cluster, "one");
        await cluster.Clock.DriveAsync(() => one.Loop.IsLeader, Tick);
        cluster.Server.Leases("homelab").Edit("leader", lease => lease["spec"] = new JsonObject { ["holderIdentity"] = "usurper", ["leaseDurationSeconds"] = 15, ["leaseTransitions"] = 5, ["renewTime"] = "x" });
        await cluster.Clock.DriveAsync(() => one.Changes.Count == 2, Tick);
        Assert.Equal("usurper", one.Loop.Holder);
    }

    [Theory]
    [InlineData("""{"metadata":{"resourceVersion":"1"},"spec":{"holderIdentity":7,"leaseTransitions":"x","leaseDurationSeconds":-5}}""")]
    [InlineData("""{"metadata":{}}""")]
    [InlineData("[")]
    public async Task Run_GarbageForAnAnswer_LeadsNobodyAndGoesOn(string body)
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Faults.NextBody(2, body);
        await using var one = new Runner(cluster, "one");
        await cluster.Clock.DriveAsync(() => cluster.Server.Requests.All.Count == 2, Tick);
        Assert.False(one.Loop.IsLeader);
        await cluster.Clock.DriveAsync(() => one.Loop.IsLeader, Tick);
    }

    [Fact]
    public async Task Run_TwoCandidatesThroughFaults_NeverBothLead()
    {
        await using var cluster = await Cluster.StartAsync();
        await using var one = new Runner(cluster, "one");
        await using var two = new Runner(cluster, "two");
        await cluster.Clock.DriveAsync(() => one.Loop.IsLeader || two.Loop.IsLeader, Tick);
        var dice = new Random(4);
        for (var step = 0; step < 600; step++)
        {
            switch (dice.Next(40))
            {
                case 0: cluster.Server.Faults.Next(3, 500); break;
                case 1: cluster.Server.Faults.Next(2, 409); break;
                case 2: cluster.Server.Faults.Next(2, 429, TimeSpan.FromSeconds(1)); break;
                case 3: cluster.Server.Faults.NextAnswerLost(2); break;
                case 4: cluster.Server.Faults.IsDown = true; break;
                case 5 or 6 or 7: cluster.Server.Faults.IsDown = false; break;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System);
            cluster.Clock.Advance(TimeSpan.FromMilliseconds(500));
            Assert.False(one.Loop.IsLeader && two.Loop.IsLeader);
        }
        cluster.Server.Faults.IsDown = false;
        await cluster.Clock.DriveAsync(() => one.Loop.IsLeader || two.Loop.IsLeader, Tick);
        var epochs = one.Terms.Concat(two.Terms).Select(term => term.Epoch).ToArray();
        Assert.True(epochs.Length > 2, "the faults never ended a term");
        Assert.Equal(epochs.Length, epochs.Distinct().Count());
    }

    private static JsonObject Lease(Cluster cluster) => cluster.Server.Leases("homelab").Find("leader")!;

    private sealed class Runner : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _run;

        public Runner(Cluster cluster, string identity, TimeProvider? clock = null)
        {
            var options = new LeaderElectionOptions();
            Loop = new LeaderLoop(new KubeLease(cluster.Client(), "homelab", "leader"), new LeaderElection(identity, options), options, clock ?? cluster.Clock, static () => 0, term =>
            {
                Changes.Add(term?.Epoch);
                if (term is not null)
                    Terms.Add(term);
            });
            _run = Loop.RunAsync(_stop.Token);
        }

        public LeaderLoop Loop { get; }

        public List<int?> Changes { get; } = [];

        public List<LeaderTerm> Terms { get; } = [];

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await _run.Soon();
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            _stop.Dispose();
        }
    }

    /// <summary>The time of a process that can be stopped: its clock reads on, its timers do not fire.</summary>
    private sealed class PausableClock(TimeProvider inner) : TimeProvider
    {
        public bool IsPaused { get; set; }

        public override long TimestampFrequency => inner.TimestampFrequency;

        public override long GetTimestamp() => inner.GetTimestamp();

        public override DateTimeOffset GetUtcNow() => inner.GetUtcNow();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => inner.CreateTimer(told =>
        {
            if (!IsPaused)
                callback(told);
        }, state, dueTime, period);
    }
}

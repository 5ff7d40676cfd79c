using System.Text.Json.Nodes;
using Homelab.FakeKubernetes;

namespace Homelab.Aggregator.KubeApi.Tests.Watching;

public sealed class CollectionWatchTests
{
    [Fact]
    public async Task Run_ListThenEvents_KeepTheView()
    {
        await using var watched = await Watched.StartAsync("a", "b");
        var view = await watched.SeeAsync(view => view.IsSynced);
        Assert.Equal(["a", "b"], view.Items.Keys.Order());
        watched.Nodes.Put("c");
        watched.Nodes.Edit("a", node => node["spec"]!["unschedulable"] = true);
        watched.Nodes.Remove("b");
        view = await watched.SeeAsync(view => view.Items.Count == 2 && view.Items.ContainsKey("c"));
        Assert.True(view.Items["a"].Unschedulable);
        Assert.Null(view.Trouble);
        Assert.Equal(1, watched.Watch.Lists);
    }

    [Fact]
    public async Task View_BeforeTheFirstList_ClaimsNothing()
    {
        await using var watched = await Watched.StartAsync(held: true, "a");
        Assert.False(watched.Watch.View.IsSynced);
        Assert.Empty(watched.Watch.View.Items);
        watched.Cluster.Server.Faults.Release();
        await watched.SeeAsync(view => view.IsSynced);
    }

    [Fact]
    public async Task Run_WatchDropped_ResumesWithoutAList()
    {
        await using var watched = await Watched.StartAsync("a");
        await watched.WatchingAsync();
        watched.Nodes.Put("b");
        await watched.SeeAsync(view => view.Items.Count == 2);
        watched.Cluster.Server.Faults.DropWatches();
        await watched.SeeAsync(view => view.Trouble is not null);
        watched.Nodes.Put("c"); // While nobody watches.
        await watched.DriveAsync(view => view.Items.Count == 3 && view.Trouble is null);
        Assert.Equal(1, watched.Watch.Lists);
    }

    [Fact]
    public async Task Run_ServerForgot_ListsAgain()
    {
        await using var watched = await Watched.StartAsync("a", "b");
        await watched.WatchingAsync();
        watched.Cluster.Server.Faults.DropWatches();
        await watched.SeeAsync(view => view.Trouble is not null);
        watched.Nodes.Remove("b"); // No event will ever tell.
        watched.Cluster.Server.Store.Compact();
        await watched.DriveAsync(view => view.Items.Count == 1 && view.Trouble is null);
        Assert.Equal(2, watched.Watch.Lists);
    }

    [Fact]
    public async Task Run_Bookmark_MovesTheResumePointSilently()
    {
        await using var watched = await Watched.StartAsync("a");
        await watched.WatchingAsync();
        var generation = watched.Watch.View.Generation;
        watched.Cluster.Server.Leases("x").Create(new JsonObject { ["metadata"] = new JsonObject { ["name"] = "l" } }); // Another kind's change moves the version.
        var version = watched.Cluster.Server.Store.Version;
        watched.Cluster.Server.Faults.SendBookmarks();
        watched.Cluster.Clock.Advance(TimeSpan.FromSeconds(1));
        await Patience.UntilAsync(() => watched.Watch.View.HeardAt > 0);
        Assert.Equal(generation, watched.Watch.View.Generation);
        watched.Cluster.Server.Store.Compact(); // The list's version is now too old, the bookmark's is not.
        watched.Cluster.Server.Faults.DropWatches();
        await watched.DriveAsync(_ => watched.Cluster.Server.Requests.Count(request => request.Verb == "watch") == 2);
        Assert.Equal(version, watched.Cluster.Server.Requests.All.Last(IsWatch).Parameter("resourceVersion"));
        watched.Nodes.Put("b");
        await watched.SeeAsync(view => view.Items.Count == 2);
        Assert.Equal(1, watched.Watch.Lists);
    }

    [Fact]
    public async Task Run_GoneAsStatusCode_ListsAgain()
    {
        await using var watched = await Watched.StartAsync("a");
        await watched.WatchingAsync();
        watched.Cluster.Server.Faults.Next(1, 410, which: IsWatch);
        watched.Cluster.Server.Faults.DropWatches();
        await watched.DriveAsync(_ => watched.Watch.Lists == 2);
    }

    [Theory]
    [InlineData("<html>\n")]
    [InlineData("{\"type\":\"ADDED\",\"object\":5}\n")]
    [InlineData("{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"x\"}}}\n")]
    [InlineData("{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"resourceVersion\":\"5\"}}}\n")]
    [InlineData("{\"type\":\"ERROR\",\"object\":{\"code\":200}}\n")]
    [InlineData("{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410}}\n")]
    [InlineData("\n")]
    public async Task Run_WatchTalksNonsense_ListsAgainAndKeepsTheView(string line)
    {
        await using var watched = await Watched.StartAsync("a");
        await watched.WatchingAsync();
        watched.Cluster.Server.Faults.NextBody(1, line, IsWatch);
        watched.Cluster.Server.Faults.DropWatches();
        await watched.DriveAsync(view => watched.Watch.Lists == 2 && view.Trouble is null);
        Assert.Equal("a", Assert.Single(watched.Watch.View.Items).Key);
    }

    [Fact]
    public async Task Run_EventBrokenOffInTheMiddle_ResumesFromTheLastWhole()
    {
        await using var watched = await Watched.StartAsync("a");
        await watched.WatchingAsync();
        watched.Cluster.Server.Faults.NextBody(1, "{\"type\":\"DELETED\",\"object\":{\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"99999\"", IsWatch);
        watched.Cluster.Server.Faults.DropWatches();
        await watched.DriveAsync(view => watched.Cluster.Server.Requests.Count(IsWatch) == 3 && view.Trouble is null);
        Assert.Single(watched.Watch.View.Items);
        Assert.Equal(1, watched.Watch.Lists);
    }

    [Fact]
    public async Task Run_HugeLine_IsRefusedInBoundedMemory()
    {
        await using var watched = await Watched.StartAsync("a");
        await watched.WatchingAsync();
        watched.Cluster.Server.Faults.NextBody(1, new string('x', 200_000), IsWatch);
        watched.Cluster.Server.Faults.DropWatches();
        await watched.DriveAsync(view => view.Trouble?.Message.Contains("65536", StringComparison.Ordinal) == true);
        await watched.DriveAsync(view => watched.Watch.Lists == 2 && view.Trouble is null);
    }

    [Fact]
    public async Task Run_SilentWatch_IsGivenUpAndResumed()
    {
        await using var watched = await Watched.StartAsync("a");
        await watched.WatchingAsync();
        watched.Nodes.Put("b");
        await watched.SeeAsync(view => view.Items.Count == 2); // So the watch is read, and the only timer is its bound.
        await Patience.UntilAsync(() => watched.Cluster.Clock.PendingTimers == 1);
        watched.Cluster.Clock.Advance(new CollectionWatchOptions().Idle);
        Assert.Equal(KubeOutcome.TimedOut, (await watched.SeeAsync(view => view.Trouble is not null)).Trouble!.Outcome);
        await watched.DriveAsync(view => view.Trouble is null);
        Assert.Equal(1, watched.Watch.Lists);
    }

    [Fact]
    public async Task Run_ServerAway_KeepsTheViewAndBacksOff()
    {
        await using var watched = await Watched.StartAsync("a");
        await watched.WatchingAsync();
        watched.Cluster.Server.Faults.IsDown = true;
        await watched.SeeAsync(view => view.Trouble is { Outcome: KubeOutcome.Unreachable });
        var start = watched.Cluster.Clock.GetTimestamp();
        var before = watched.Cluster.Server.Requests.All.Count;
        await watched.Cluster.Clock.DriveAsync(() => watched.Cluster.Clock.GetElapsedTime(start) >= TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(1));
        // 0.4 s, doubled up to half of 30 s: 6 tries on the way up, then one in 15 s.
        Assert.InRange(watched.Cluster.Server.Requests.All.Count - before, 15, 30);
        Assert.Single(watched.Watch.View.Items);
        Assert.True(watched.Watch.View.IsSynced);
        watched.Cluster.Server.Faults.IsDown = false;
        await watched.DriveAsync(view => view.Trouble is null);
    }

    [Fact]
    public async Task Run_ListRefused_SaysWhyAndTriesAgain()
    {
        await using var watched = await Watched.StartAsync(held: true, "a");
        watched.Cluster.Server.Faults.Next(1, 403);
        watched.Cluster.Server.Faults.Release();
        Assert.Equal(KubeOutcome.Forbidden, (await watched.SeeAsync(view => view.Trouble is not null)).Trouble!.Outcome);
        await watched.DriveAsync(view => view.IsSynced);
    }

    [Fact]
    public async Task Run_Cancelled_Ends()
    {
        await using var watched = await Watched.StartAsync("a");
        await watched.WatchingAsync();
        await watched.StopAsync();
        Assert.True(watched.Ended.IsCanceled);
    }

    private static bool IsWatch(FakeRequest request) => request.Verb == "watch";

    private sealed class Watched : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();

        private Watched(Cluster cluster)
        {
            Cluster = cluster;
            Watch = NodeWatch.Create(cluster.Client(KubeApi.Tests.Cluster.Unhurried with { Attempts = 1, LargestWatchLine = 1 << 16 }), cluster.Clock, static () => 0);
            Ended = Watch.RunAsync(_stop.Token);
        }

        public Cluster Cluster { get; }

        public CollectionWatch<KubeNode> Watch { get; }

        public FakeNodes Nodes => Cluster.Server.Nodes;

        public Task Ended { get; }

        public static Task<Watched> StartAsync(params string[] nodes) => StartAsync(false, nodes);

        public static async Task<Watched> StartAsync(bool held, params string[] nodes)
        {
            var cluster = await Cluster.StartAsync();
            foreach (var node in nodes)
                cluster.Server.Nodes.Put(node);
            if (held)
                cluster.Server.Faults.Hold();
            return new Watched(cluster);
        }

        public Task WatchingAsync() => Patience.UntilAsync(() => Cluster.Server.OpenWatches == 1);

        public async Task<CollectionView<KubeNode>> SeeAsync(Func<CollectionView<KubeNode>, bool> what)
        {
            var view = Watch.View;
            while (!what(view))
                view = await Watch.NewerThanAsync(view.Generation, CancellationToken.None).Soon();
            return view;
        }

        public Task DriveAsync(Func<CollectionView<KubeNode>, bool> what) => Cluster.Clock.DriveAsync(() => what(Watch.View), TimeSpan.FromMilliseconds(200));

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Ended.Soon());
        }

        public async ValueTask DisposeAsync()
        {
            if (!Ended.IsCompleted)
                await StopAsync();
            await Cluster.DisposeAsync();
            _stop.Dispose();
        }
    }
}

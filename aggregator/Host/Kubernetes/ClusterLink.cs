using System.Collections.Immutable;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.KubeApi;
using Homelab.Aggregator.Labels;
using Homelab.Aggregator.Leadership;

namespace Homelab.Aggregator.Kubernetes;

/// <summary>How links write.</summary>
internal sealed record ClusterLinkOptions
{
    public LabelPrefix Prefix { get; init; } = LabelPrefix.Default;

    /// <summary>A change of a thousand nodes is out within a minute.</summary>
    public KubeClientOptions Client { get; init; } = new() { RequestsPerSecond = 20, Burst = 50 };

    public CollectionWatchOptions Watch { get; init; } = new();

    /// <summary>Between two looks for a way to a cluster that has none.</summary>
    public TimeSpan OpenAgain { get; init; } = TimeSpan.FromSeconds(15);
}

/// <summary>
/// One cluster: its client, the watch on its nodes, and the writes on their way to it. All of it runs on tasks of its own; whoever asks
/// gets what is known now, whoever hands over a change does not wait.
/// </summary>
internal sealed class ClusterLink(ClusterPlan plan, ClusterLinkOptions options, ILeadership leadership, TimeProvider time, Func<double> random, ILogger logger)
    : IAsyncDisposable
{
    private readonly WriteLanes _lanes = new();
    private readonly WriteBook _book = new(plan.Name, logger);
    private readonly CancellationTokenSource _stopping = new();
    private CollectionWatch<KubeNode>? _watch;
    private string _server = "";
    private string _opening = "not asked yet";
    private Task _running = Task.CompletedTask;
    private bool _wasUp;
    private string _toldTrouble = "";

    public string Name => plan.Name;

    /// <summary>Writes decided and not yet out.</summary>
    public int Pending => _lanes.Pending;

    public ImmutableSortedDictionary<ClusterWrite, long> Writes => _book.Counts;

    /// <summary>The nodes; null while they can not be seen.</summary>
    public ImmutableDictionary<string, KubeNode>? Seen => Volatile.Read(ref _watch)?.View is { IsSynced: true, Trouble: null } view ? view.Items : null;

    public void Start() => _running = GuardedAsync("connecting", RunAsync, _stopping.Token);

    /// <summary>What is on its way when it is called may still be carried out; nothing else follows.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    public void Put(NodeChange change) => _lanes.Put(change);

    public void Put(NodeEvent happened) => _lanes.Put(happened);

    public void Clear() => _lanes.Clear();

    /// <summary>How it stands; what changed since the last call is logged. Called by one thread.</summary>
    public ClusterState State(int matched)
    {
        var view = Volatile.Read(ref _watch)?.View;
        var isUp = view is { IsSynced: true, Trouble: null };
        var trouble = isUp ? _book.Trouble : view?.Trouble?.ToString() ?? (view is null ? Volatile.Read(ref _opening) : "its nodes are not listed yet");
        if (isUp && !_wasUp)
            Log.ClusterSeen(logger, Name, view!.Items.Count);
        else if (!isUp && view is null or { Trouble: not null } && trouble != _toldTrouble && (_wasUp || _toldTrouble.Length == 0))
            Log.ClusterLost(logger, Name, _toldTrouble = trouble);
        _toldTrouble = isUp ? "" : _toldTrouble;
        _wasUp = isUp;
        return new ClusterState(Name, Volatile.Read(ref _server), isUp, trouble, view?.Items.Count ?? 0, matched, Pending);
    }

    private async Task RunAsync(CancellationToken cancel)
    {
        var access = await OpenAsync(cancel);
        using var client = new KubeClient(access, options.Client, time, random);
        var watch = NodeWatch.Create(client, time, random, options.Watch);
        var writer = new NodeWriter(client, name => watch.View.Items.GetValueOrDefault(name), () => leadership.Leads, options.Prefix, _book, time, random);
        var events = new EventWriter(client, _book, time);
        Volatile.Write(ref _server, access.Server.AbsoluteUri);
        Volatile.Write(ref _watch, watch);
        var tasks = Enumerable.Range(0, WriteLanes.Count).Select(lane => GuardedAsync("writing", token => _lanes.RunLaneAsync(lane, writer.WriteAsync, token), cancel));
        await Task.WhenAll(tasks
            .Append(GuardedAsync("watching", watch.RunAsync, cancel))
            .Append(GuardedAsync("telling events", token => _lanes.RunEventsAsync((happened, stop) => leadership.Leads ? events.WriteAsync(happened, stop) : Task.CompletedTask, token), cancel)));
    }

    private async Task<KubeAccess> OpenAsync(CancellationToken cancel)
    {
        while (true)
        {
            var opened = plan.Open();
            if (opened.IsOk)
                return opened.Value;
            Volatile.Write(ref _opening, opened.Status.Message);
            await Task.Delay(options.OpenAgain, time, cancel);
        }
    }

    /// <summary>The unexpected ends one attempt and not the link.</summary>
    private async Task GuardedAsync(string task, Func<CancellationToken, Task> run, CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                await run(cancel);
            }
            catch (Exception unexpected) when (!cancel.IsCancellationRequested)
            {
                Log.TaskFailed(logger, Name, task, unexpected);
            }
            await Task.Delay(options.OpenAgain, time, cancel);
        }
    }
}

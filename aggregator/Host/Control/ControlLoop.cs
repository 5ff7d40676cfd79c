using System.Collections.Immutable;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Leadership;
using Homelab.Aggregator.Orders;
using Homelab.Units;

namespace Homelab.Aggregator.Control;

/// <summary>
/// Owns the control of the fleet on a thread of its own. Nothing that it does waits on the disk, on a node or on a reader of its results:
/// grants go to mailboxes, its memory and its decisions to loops that write them, its state into the fleet's snapshot. Each term of leadership has
/// a desk of its own; between terms an empty one stands there, which knows no node and so grants nothing.
/// </summary>
internal sealed class ControlLoop(
    DeskOffice office, ILeadership leadership, ControlInbox inbox, GrantMailboxes mailboxes, ControlStoreLoop storage, DecisionLog history,
    FleetEvents events, FleetStore fleet, ClustersStore clusters, TimeProvider time, ILogger<ControlLoop> logger) : IHostedService, IOrderDesk, IDisposable
{
    /// <summary>A loop that has not finished a round for so long stands still.</summary>
    public static readonly TimeSpan MostSilence = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan StoreAgain = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SpacingPerNode = TimeSpan.FromMicroseconds(100);

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HashSet<NodeName> _throttled = [];
    private ControlDesk _desk = office.Open(null);
    private ClusterSight _clusters = ClusterSight.Nothing;
    private ClustersView? _placed;
    private LeadershipTerm? _term;
    private ITimer? _timer;
    private Thread? _thread;
    private StoredControl? _offered;
    private Moment _offeredAt;
    private Moment _viewedAt;
    private long _heartbeat = time.GetTimestamp();

    /// <summary>Time since the loop last finished a round.</summary>
    public TimeSpan Silence => time.GetElapsedTime(Volatile.Read(ref _heartbeat));

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _timer = time.CreateTimer(_ => inbox.Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _thread = new Thread(Run) { IsBackground = true, Name = "control" };
        leadership.Changed += inbox.Wake;
        _thread.Start();
        inbox.Wake();
        return Task.CompletedTask;
    }

    /// <summary>No grant follows; leases run out into safe shares unless the next aggregator renews them.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        leadership.Changed -= inbox.Wake;
        inbox.Close();
        _timer?.Dispose();
        return _thread is null ? Task.CompletedTask : _ended.Task.WaitAsync(cancellationToken);
    }

    public async Task<OrderOutcome> PlaceAsync(OperatorOrder order, CancellationToken cancelled)
    {
        if (leadership.Term is null)
            return new OrderOutcome(OrderResult.Refused, leadership.View.Direction + "; orders are the leader's to take");
        var answer = new TaskCompletionSource<OrderOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!inbox.Post(new Ordered(order, answer, Moment.Of(time)), isVital: true))
            return new OrderOutcome(OrderResult.Refused, "the aggregator is stopping");
        try
        {
            return await answer.Task.WaitAsync(AnswerPatience, time, cancelled);
        }
        catch (TimeoutException)
        {
            return new OrderOutcome(OrderResult.NotStored, "taken, but the disk has not confirmed it yet");
        }
    }

    public void Dispose() => _timer?.Dispose();

    private void Run()
    {
        var emptied = new List<ControlEvent>();
        while (inbox.Take(emptied) is { } batch)
        {
            FollowLeadership();
            foreach (var happening in batch)
                Apply(happening);
            batch.Clear();
            emptied = batch;
            Turn();
        }
        _desk.Close();
        _ended.SetResult();
    }

    private void Apply(ControlEvent happening)
    {
        // What was stored in another term says nothing about this one.
        if (happening is ControlStored stored && stored.Term != (_term?.Number ?? 0))
            return;
        try
        {
            _desk.Apply(happening, happening is NodeSeen seen && _throttled.Contains(seen.Node));
        }
        catch (Exception unexpected)
        {
            // One event must not end the loop that holds the budget.
            Log.EventFailed(logger, happening.GetType().Name, unexpected);
            (happening as Ordered)?.Answer.TrySetResult(new OrderOutcome(OrderResult.Refused, "it failed; the log says why"));
        }
    }

    private void Turn()
    {
        var now = Moment.Of(time);
        if (!ReferenceEquals(_placed, clusters.Current))
        {
            _placed = clusters.Current;
            ImmutableSortedSet<string> up = [.. _placed.Clusters.Where(static cluster => cluster.IsUp).Select(static cluster => cluster.Name)];
            _clusters = new ClusterSight(ClusterMembership.Follow(_clusters.Places, _placed), _clusters.Seen.Union(up), up);
        }
        _desk.Place(_clusters, now.Wall);
        try
        {
            if (_desk.IsDue(now))
                Decide(now);
        }
        catch (Exception unexpected)
        {
            // No grants now means safe shares in some seconds: the safe side.
            Log.RoundFailed(logger, unexpected);
        }
        Offer(now);
        Send();
        var wait = _desk.Due.Since(now);
        _timer?.Change(wait > TimeSpan.Zero ? wait : TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }

    private void Decide(Moment now)
    {
        var decisions = _desk.Decide(now);
        // Cuts are on their way before anything is told.
        Offer(now);
        Send();
        _desk.Measured(Moment.Of(time).Since(now));
        history.Add(decisions);
        if (_desk.IsFenced)
            _term?.Resign();
        Publish(now);
        Volatile.Write(ref _heartbeat, time.GetTimestamp());
    }

    private void Publish(Moment now)
    {
        var nodes = fleet.Current.Nodes;
        if (now.Since(_viewedAt) < SpacingPerNode * nodes.Length)
            return;
        _viewedAt = now;
        _throttled.Clear();
        foreach (var node in nodes)
        {
            if (node.Throttled.GetValueOrDefault(ThrottleReason.Thermal))
                _throttled.Add(node.Name);
        }
        // When there is no room the next round's is as good.
        events.TryPost(new ControlMoved(_desk.View(mailboxes.Granting) with { Leader = leadership.View }, now));
    }

    /// <summary>A term that is over by the clock sends nothing, even if nobody has said yet that it is.</summary>
    private void Send()
    {
        var grants = _desk.TakeGrants();
        if (grants.Count == 0 || _term is null || leadership.Term != _term)
            return;
        foreach (var (stream, grant) in grants)
            mailboxes.Put(stream, grant);
    }

    private void FollowLeadership()
    {
        var term = leadership.Term;
        if (term == _term)
            return;
        office.Close(_desk, _term);
        (_desk, _term, _offered) = (office.Open(term), term, null);
    }

    /// <summary>Offers each state once, and again each second while the disk has not taken it.</summary>
    private void Offer(Moment now)
    {
        if (_term is null || _desk.IsStored)
            return;
        var wanted = _desk.ToStore;
        if (_offered == wanted && now.Since(_offeredAt) < StoreAgain)
            return;
        (_offered, _offeredAt) = (wanted, now);
        storage.Offer(new TermControl(wanted, _term));
    }
}

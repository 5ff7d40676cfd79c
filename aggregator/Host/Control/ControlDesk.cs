using System.Collections.Immutable;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Orders;
using Homelab.Units;

namespace Homelab.Aggregator.Control;

/// <summary>
/// The <see cref="FleetController"/> with all that surrounds it: streams, orders, what is durable, what may be sent. One owner, no clock,
/// no disk, no thread of its own.
/// </summary>
/// <remarks>
/// A grant leaves only when the epoch and at least its safe share are on disk, when its stream still holds the node, and when it rests on a
/// report of that very stream. A grant that waits for the disk is replaced by a newer one of its node; to the controller it is as one lost on its way.
/// </remarks>
internal sealed class ControlDesk
{
    /// <summary>Share of the processors' time from which a node with clocks is held down by them.</summary>
    private const double BusyFrom = 0.97;

    private readonly ControlSettings _settings;
    private readonly ControlAnswers _answers;
    private readonly TimeZoneInfo _zone;
    private readonly ILogger _logger;
    private readonly FleetController _controller;
    private readonly OrderBook _orders;
    private readonly TimeSpan _start;
    private readonly SortedDictionary<NodeName, NodeLink> _links = [];
    private readonly GrantShelf _shelf = new();
    private readonly Surroundings _surroundings;
    private readonly DecisionBoard _board;
    private ControlMemory _memory;
    private ControlMemory _durable;
    private EffectiveBudget _budget;
    private ControlMode _mode;
    private ControlCounts _counts = ControlCounts.None;
    private string _storageFailure = "";
    private Moment? _urgentSince;
    private Moment _due;

    /// <param name="stored">What it goes on from; durable already, unless <paramref name="term"/> says that it is uncertain.</param>
    public ControlDesk(ControlSettings settings, StoredControl stored, uint nonce, Moment start, TimeZoneInfo zone, ILogger logger, TenureTerm term = default)
    {
        (_settings, _zone, _logger, _start, _due) = (settings, zone, logger, start.Monotonic, start);
        // Where the next leader would look there is nothing yet.
        var durable = term.IsMemoryUncertain ? StoredControl.Empty : stored;
        (_memory, _durable) = (stored.Memory, durable.Memory);
        var orders = stored.Orders.Mode?.Configured == settings.Policy.Mode ? stored.Orders : stored.Orders with { Mode = null };
        _orders = new OrderBook(settings, orders, durable.Orders, zone);
        _surroundings = new Surroundings(settings, stored.Sight, durable.Sight, start.Wall);
        _mode = _orders.Mode;
        _budget = Resolve(start.Wall);
        _controller = new FleetController(Policy(), stored.Memory, nonce, At(start), term);
        (_answers, _board) = (new ControlAnswers(logger), new DecisionBoard(logger));
    }

    public ControlMode Mode => _mode;

    /// <summary>What is to be on disk.</summary>
    public StoredControl ToStore => new(_memory, _orders.Standing) { Sight = _surroundings.ToStore };

    public bool IsStored => ReferenceEquals(_memory, _durable) && _orders.IsStored && _surroundings.IsStored;

    /// <summary>When the next round is due at the latest.</summary>
    public Moment Due => _due;

    /// <summary>From the next round on, the groups that are clusters have these nodes.</summary>
    public void Place(ClusterSight seen, DateTimeOffset wall) => _surroundings.Place(seen, wall);

    public bool IsDue(Moment now) => _urgentSince is not null || now.Monotonic >= _due.Monotonic;

    public void Apply(ControlEvent happening, bool isThermallyThrottled = false)
    {
        switch (happening)
        {
            case NodeCapable capable when Link(capable.Node).Hears(capable.Stream):
                Join(capable);
                break;
            case NodeSeen seen when Link(seen.Node).Hears(seen.Stream):
                See(seen, isThermallyThrottled);
                break;
            case NodeAnswered answered when Link(answered.Applied.Node).Hears(answered.Stream):
                Hear(answered);
                break;
            case NodeGone gone when _links.TryGetValue(gone.Node, out var link) && link.Stream == gone.Stream:
                link.Leave();
                _surroundings.Leave(gone.Node);
                _controller.Leave(gone.Node, At(gone.At));
                break;
            case ControlStored stored:
                NoteStored(stored);
                break;
            case Ordered ordered:
                Take(ordered);
                break;
        }
        if (_controller.IsUrgent)
            _urgentSince ??= happening.At;
    }

    /// <summary>A round of control. The decisions are to be kept; grants are then ready at <see cref="TakeGrants"/>.</summary>
    public ImmutableArray<Decision> Decide(Moment now)
    {
        Follow(now);
        var cause = _urgentSince ?? _due;
        _urgentSince = null;
        _due = now with { Monotonic = now.Monotonic + _settings.Policy.Period };
        var round = _controller.Decide(At(now));
        State = round.State;
        _memory = round.Memory;
        foreach (var grant in round.Grants)
        {
            var kind = _shelf.Hold(new PostedGrant(grant, cause), Link(grant.Node));
            _counts = _counts with { Grants = _counts.Grants.SetItem(kind, _counts.Grants.GetValueOrDefault(kind) + 1) };
        }
        (var decisions, _counts) = _board.Close(round.Decisions, _counts);
        return decisions;
    }

    /// <summary>Another aggregator grants under a newer epoch.</summary>
    public bool IsFenced => State?.Alarms.Any(static alarm => alarm.Word == "fenced") == true;

    /// <summary>The last round's state; null before the first.</summary>
    public FleetControl? State { get; private set; }

    /// <summary>Grants that may go now, each once, with the stream they are for.</summary>
    public List<(StreamNumber Stream, PostedGrant Grant)> TakeGrants() => _shelf.Take(_links, _durable);

    public ControlView View(DelayHistogram granting) => new(
        State!, _budget, _orders.Standing, _links.Where(link => link.Value.Lease is not null).ToImmutableSortedDictionary(link => link.Key, link => link.Value.Lease!),
        _board.Recent, _counts with { Granting = granting }, _storageFailure)
    {
        Clusters = _surroundings.Places,
        OnBattery = _surroundings.OnBattery,
    };

    public void Measured(TimeSpan deciding) => _counts = _counts with { Deciding = _counts.Deciding.Add(deciding) };

    /// <summary>Orders that no disk will confirm any more.</summary>
    public void Close() => _orders.Close();

    private void Join(NodeCapable capable)
    {
        var link = Link(capable.Node);
        link.Ability = capable.Ability;
        _controller.Join(_settings.Traits(capable.Node, capable.Ability, capable.BootId, capable.Marks), At(capable.At));
        if (link.Early is { } early)
        {
            link.Early = null;
            Hear(early);
        }
    }

    private void See(NodeSeen seen, bool isThermallyThrottled)
    {
        var link = Link(seen.Node);
        // An agent that has said nothing by its first report is of an older version: watched, never held. A figure's ± is two of its deviations.
        if (link.Ability is null)
            Join(new NodeCapable(seen.Stream, seen.Node, CapAbility.None with { Uncertainty = seen.Uncertainty / 2 }, seen.At) { BootId = seen.BootId, Marks = seen.Marks });
        link.AgentMonotonic = seen.AgentMonotonic;
        // Clocks that hold a node down show in its use, long before they show in its watts: a table of clocks says more than the node draws.
        var isHeldDown = link.Ability is { Steps.Length: > 0 } && seen.Use >= BusyFrom;
        _controller.Observe(new NodeObservation(seen.Node, seen.Power, seen.AgentMonotonic, isThermallyThrottled, isHeldDown) { Provenance = seen.Provenance }, At(seen.At));
        if (_surroundings.Hear(seen.Node, seen.IsOnBattery, seen.At) is { } news)
        {
            Say(seen.At.Wall, news);
            _urgentSince ??= seen.At;
        }
    }

    private void Hear(NodeAnswered answered)
    {
        var link = Link(answered.Applied.Node);
        if (link.Ability is null)
        {
            link.Early = answered;
            return;
        }
        if (!_answers.IsCredible(answered, link, _controller.Epoch))
            return;
        _counts = _answers.Count(answered, link, _counts);
        _controller.Acknowledge(answered.Applied, At(answered.At));
    }

    private void NoteStored(ControlStored stored)
    {
        if (stored.Failure.Length > 0 && _storageFailure.Length == 0)
            Log.StorageFailed(_logger, stored.Failure);
        else if (stored.Failure.Length == 0 && _storageFailure.Length > 0)
            Log.StorageBack(_logger);
        _storageFailure = stored.Failure;
        if (stored.Failure.Length == 0)
        {
            _durable = stored.Stored.Memory;
            _surroundings.NoteStored(stored.Stored.Sight);
        }
        _orders.NoteStored(stored.Stored.Orders, stored.Failure);
    }

    private void Take(Ordered ordered)
    {
        switch (ordered.Order)
        {
            case TakeMeter meter:
                ordered.Answer.TrySetResult(Observe(meter, ordered.At));
                break;
            case ForgetNode forget:
                ordered.Answer.TrySetResult(Forget(forget.Node, ordered.At));
                break;
            default:
                if (_orders.Take(ordered) is { } news)
                    Say(ordered.At.Wall, news);
                break;
        }
        // What the operator says takes effect now, not at the next period.
        _urgentSince ??= ordered.At;
    }

    private OrderOutcome Observe(TakeMeter meter, Moment at)
    {
        if (_settings.Missing(meter.Group) is { } missing)
            return missing;
        _controller.ObserveOuter(meter.Group, meter.Power, At(at));
        return new OrderOutcome(OrderResult.Done, "taken");
    }

    private OrderOutcome Forget(NodeName node, Moment at)
    {
        if (_links.TryGetValue(node, out var link) && link.Stream is not null)
            return new OrderOutcome(OrderResult.Refused, $"{node} is connected; stop its agent first (it restores the hardware's own limits), then forget it");
        if (link is null && State?.Nodes.Any(known => known.Name == node) != true && !_memory.Nodes.ContainsKey(node))
            return new OrderOutcome(OrderResult.NotFound, $"{node} is not known to the control loop");
        _controller.Forget(node, At(at));
        _surroundings.Forget(node, at.Wall);
        _links.Remove(node);
        return new OrderOutcome(OrderResult.Done, $"{node} is forgotten: what was reserved for it is free");
    }

    /// <summary>Brings the policy up to the wall clock and the orders.</summary>
    private void Follow(Moment now)
    {
        foreach (var over in _orders.Expire(now.Wall))
            Say(now.Wall, $"the override of {over.Group} to {over.Limit} is over");
        var budget = Resolve(now.Wall);
        var mode = _orders.Mode;
        var isSame = mode == _mode && IsSame(budget.Policy.Budget, _budget.Policy.Budget);
        // An order has said so itself.
        if (budget.Reason != _budget.Reason && !_board.HasSaid)
            Say(now.Wall, budget.Reason.Length == 0 ? "the configured budget holds again" : budget.Reason);
        (_mode, _budget) = (mode, budget);
        if (!isSame)
            _controller.Change(Policy(), At(now));
    }

    private void Say(DateTimeOffset wall, string reason) => _board.Say(Local(wall), reason);

    private NodeLink Link(NodeName node)
    {
        if (!_links.TryGetValue(node, out var link))
            _links[node] = link = new NodeLink();
        return link;
    }

    private EffectiveBudget Resolve(DateTimeOffset wall)
    {
        var isOnBattery = _orders.Standing.IsOnBattery || !_surroundings.OnBattery.IsEmpty;
        var budget = _settings.Calendar.Resolve(Local(wall), _orders.Standing.Overrides, isOnBattery);
        return budget with { Policy = budget.Policy with { Budget = _surroundings.Fill(budget.Policy.Budget) } };
    }

    private ControlPolicy Policy() => _budget.Policy with { Mode = _mode };

    private ControlMoment At(Moment moment) => new(moment.Monotonic - _start, Local(moment.Wall));

    private DateTimeOffset Local(DateTimeOffset wall) => TimeZoneInfo.ConvertTime(wall, _zone);

    /// <summary>Trees of one configuration differ in limits, and in who is in a cluster.</summary>
    private static bool IsSame(BudgetGroup left, BudgetGroup right) =>
        left.Limit == right.Limit && left.IsUnseen == right.IsUnseen && left.Members.SequenceEqual(right.Members) && left.Groups.Zip(right.Groups).All(pair => IsSame(pair.First, pair.Second));
}

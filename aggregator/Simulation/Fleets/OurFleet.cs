using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Simulation.Plants;
using Homelab.Aggregator.Simulation.Scenarios;
using Homelab.NodeAgent.Capping;
using Homelab.Units;

namespace Homelab.Aggregator.Simulation.Fleets;

/// <summary>The product's own controller and leases on the simulated plant: the messages between them, and all that goes wrong with them.</summary>
internal sealed class OurFleet : IFleet
{
    /// <summary>A round by the clock comes when the reports of its period are in.</summary>
    private static readonly TimeSpan Phase = TimeSpan.FromMilliseconds(40);

    /// <summary>A stream whose other end has died without a word ends after this long (keep-alive).</summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan Redial = TimeSpan.FromSeconds(1);

    /// <summary>Bounded mode lends out a tenth, and a meter above the fleet may say that the nodes draw two percent less than they claim.</summary>
    private const double BoundedReach = 1.12;

    private readonly Scenario _scenario;
    private readonly Plant _plant;
    private readonly Meters _meters;
    private readonly Dice _linkDice;
    private readonly Dice _dice;
    private readonly Link _link;
    private readonly Post<Message> _post = new();
    private readonly ReportClock _reports;
    private readonly SimulatedAgent[] _agents;
    private readonly Session[] _sessions;
    private readonly List<SimulatedAggregator> _aggregators = [];
    private readonly Dictionary<NodeName, int> _byName = [];
    private readonly FaultScript _faults;
    private readonly bool _isHard;

    public OurFleet(Scenario scenario, Plant plant, Meters meters, ulong seed, bool isHard)
    {
        (_scenario, _plant, _meters, _isHard) = (scenario, plant, meters, isHard);
        (_linkDice, _dice) = (Dice.ForLink(seed), Dice.ForFleet(seed));
        _link = new Link(scenario, _linkDice);
        _reports = new ReportClock(scenario, _linkDice);
        var disk = FirstDisk.Of(scenario);
        _agents = new SimulatedAgent[scenario.Nodes.Length];
        _sessions = new Session[scenario.Nodes.Length];
        for (var node = 0; node < _agents.Length; node++)
        {
            var model = scenario.Nodes[node];
            _byName[model.Name] = node;
            var memory = disk.Nodes.TryGetValue(model.Name, out var known) ? new LeaseMemory(disk.Epoch, 0, known.SafeShare) : LeaseMemory.Empty;
            _agents[node] = new SimulatedAgent(model, node, plant, memory, TimeSpan.FromSeconds(10 + (1e6 * _dice.Uniform())));
        }
        _aggregators.Add(new SimulatedAggregator(scenario, isHard, disk, _dice, Phase));
        _aggregators[0].Start(TimeSpan.Zero);
        _faults = new FaultScript(scenario, plant, this);
    }

    public Power? Allowed(Power budget) => _isHard ? budget : budget * BoundedReach;

    public IReadOnlyList<SimulatedAgent> Agents => _agents;

    public IReadOnlyList<SimulatedAggregator> Aggregators => _aggregators;

    public Power? Cap(int node) => _agents[node].IsEnforcing ? _agents[node].Target(_now) : null;

    private TimeSpan _now;

    public void Advance(int step)
    {
        _now = step * DemandTrace.Step;
        _faults.Advance(_now);
        for (var node = 0; node < _agents.Length; node++)
        {
            Dial(node, _now);
            if (_agents[node].Tick(_now) is { } unasked)
                Say(node, unasked, _now);
            if (_reports.IsDue(node, step))
                Report(node, _now);
        }
        foreach (var aggregator in _aggregators)
            aggregator.FollowBudget(_now);
        ReadOuterMeter();
        RunUntil(_now + DemandTrace.Step);
    }

    /// <summary>A meter above the fleet, where the scenario has one.</summary>
    private void ReadOuterMeter()
    {
        if (_scenario.OuterMeter is not { } meter || (_isHard && !meter.IsForHard) || _now < _nextOuter)
            return;
        _nextOuter = _now + meter.Period;
        var total = _scenario.Unmanaged.Watts;
        foreach (var draw in _plant.Draw)
            total += draw;
        var seen = Power.FromWatts(total * (1 + (meter.Error * _linkDice.Normal())));
        _aggregators[0].Controller?.ObserveOuter(SimulatedAggregator.Root, seen, _aggregators[0].Moment(_now));
    }

    private TimeSpan _nextOuter;

    /// <summary>The node dials another aggregator from now on.</summary>
    public void Move(int node, int aggregator, TimeSpan now)
    {
        HangUp(node, now);
        _sessions[node].Home = aggregator;
    }

    /// <summary>A second aggregator, from a copy of the first one's disk.</summary>
    public int Split(TimeSpan now)
    {
        _aggregators.Add(new SimulatedAggregator(_scenario, _isHard, _aggregators[0].Disk, _dice, Phase));
        _aggregators[^1].Start(now);
        return _aggregators.Count - 1;
    }

    /// <summary>The aggregator's process is gone, and with it its streams.</summary>
    public void KillAggregator(int aggregator)
    {
        _aggregators[aggregator].Kill();
        for (var node = 0; node < _sessions.Length; node++)
        {
            if (_sessions[node].Home == aggregator)
                _sessions[node].Number = 0;
        }
    }

    /// <summary>The agent's end closes the stream in good order, or its kernel does.</summary>
    public void HangUp(int node, TimeSpan now)
    {
        if (_sessions[node].Number == 0)
            return;
        _post.Add(Message.Gone(node, _sessions[node]), now + TimeSpan.FromMilliseconds(20));
        _sessions[node].Number = 0;
    }

    /// <summary>The agent's end falls silent; the other end finds out by itself.</summary>
    public void FallSilent(int node, TimeSpan now)
    {
        if (_sessions[node].Number == 0)
            return;
        _post.Add(Message.Gone(node, _sessions[node]), now + KeepAlive);
        _sessions[node].Number = 0;
    }

    public void Say(int node, NodeApplied applied, TimeSpan now) => ToAggregator(node, MessageKind.Answer, new Message { Applied = applied }, now);

    private void Dial(int node, TimeSpan now)
    {
        ref var session = ref _sessions[node];
        if (session.Number != 0 || !_agents[node].IsRunning || now < session.DialsAt)
            return;
        session.DialsAt = now + (Redial * (0.5 + _dice.Uniform()));
        var (arrives, _) = _link.Send(node, MessageKind.Answer, now);
        if (!_aggregators[session.Home].IsAlive || arrives is not { } at)
            return;
        session.Number = ++_lastSession;
        _post.Add(new Message { Node = node, Session = session, Joins = _agents[node].Traits, Applied = _agents[node].Greet(now) }, at);
    }

    private int _lastSession;

    private void Report(int node, TimeSpan now)
    {
        var figure = _meters.Read(node, _linkDice);
        _agents[node].Measure(figure, _meters.Use(node), now);
        if (_agents[node].IsRunning)
            ToAggregator(node, MessageKind.Report, new Message { Report = new NodeObservation(_scenario.Nodes[node].Name, figure, _agents[node].Monotonic(now), false, _scenario.Nodes[node].IsHeldByFrequency && _meters.Use(node) >= 0.97) }, now);
    }

    private void ToAggregator(int node, MessageKind kind, Message message, TimeSpan now)
    {
        if (_sessions[node].Number == 0)
            return;
        (message.Node, message.Session) = (node, _sessions[node]);
        PostBy(_link.Send(node, kind, now), message);
    }

    private void PostBy((TimeSpan? First, TimeSpan? Second) arrivals, Message message)
    {
        if (arrivals.First is { } first)
            _post.Add(message, first);
        if (arrivals.Second is { } second)
            _post.Add(message, second);
    }

    private void RunUntil(TimeSpan end)
    {
        while (true)
        {
            var next = NextRound();
            var before = next is { } due && due.NextRound < end ? due.NextRound : end;
            if (_post.TryTake(before, out var message, out var at))
                Deliver(message, at);
            else if (before < end)
                Round(next!, before, isByClock: true);
            else
                return;
        }
    }

    private SimulatedAggregator? NextRound()
    {
        SimulatedAggregator? first = null;
        foreach (var aggregator in _aggregators)
        {
            if (aggregator.IsAlive && (first is null || aggregator.NextRound < first.NextRound))
                first = aggregator;
        }
        return first;
    }

    private void Round(SimulatedAggregator aggregator, TimeSpan now, bool isByClock)
    {
        foreach (var grant in aggregator.Decide(now))
        {
            if (_byName.TryGetValue(grant.Node, out var node))
                PostBy(_link.Send(node, MessageKind.Grant, now), new Message { Node = node, Grant = grant });
        }
        if (isByClock)
            aggregator.Passed();
    }

    private void Deliver(Message message, TimeSpan at)
    {
        if (message.Grant is { } grant)
        {
            if (_agents[message.Node].Take(grant, at) is { } answer)
                Say(message.Node, answer, at);
            return;
        }
        var aggregator = _aggregators[message.Session.Home];
        if (aggregator.Controller is not { } controller || !aggregator.IsOpen(message.Node, message.Session.Number, message.Joins is not null))
            return;
        Hear(controller, message, aggregator.Moment(at));
        if (controller.IsUrgent)
            Round(aggregator, at, isByClock: false);
    }

    private void Hear(FleetController controller, Message message, ControlMoment at)
    {
        if (message.IsGone)
            controller.Leave(_scenario.Nodes[message.Node].Name, at);
        if (message.Joins is { } traits)
            controller.Join(traits, at);
        if (message.Applied is { } applied)
            controller.Acknowledge(applied, at);
        if (message.Report is { } report)
            controller.Observe(report, at);
    }

    /// <summary>A node's stream: where it leads, and when the next attempt is due when there is none.</summary>
    private struct Session
    {
        public int Home;

        /// <summary>0 while there is none.</summary>
        public int Number;
        public TimeSpan DialsAt;
    }

    private sealed class Message
    {
        public int Node { get; set; }

        public Session Session { get; set; }

        public Grant? Grant { get; init; }

        public NodeTraits? Joins { get; init; }

        public NodeApplied? Applied { get; init; }

        public NodeObservation? Report { get; init; }

        public bool IsGone { get; private init; }

        public static Message Gone(int node, Session session) => new() { Node = node, Session = session, IsGone = true };
    }
}

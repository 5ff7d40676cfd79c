using Homelab.Units;

namespace Homelab.Aggregator.Budgeting.Tests;

/// <summary>Agents and aggregators on a bad day: messages are lost, doubled, late and out of order, links are cut, agents freeze, die and reboot,
/// aggregators die and come back, and there may be two. The agents here are written from the protocol's words, not from the product's code.</summary>
/// <remarks>
/// Two assumptions. A node that lost its lease moves up to its safe share only when whoever froze above its own has been restarted
/// (<see cref="SafeShareAfter"/> is longer than <see cref="ControlPolicy.LastCapEnds"/>). And no machine boots while another's agent is frozen: the
/// one goes to its safe share at once, the other can not leave its cap.
/// </remarks>
internal sealed class AdversaryWorld
{
    private const double Step = 0.1;
    public const double SafeShareAfter = 75;
    private readonly Xorshift _dice;
    private readonly AdversaryOptions _options;
    private readonly ControlPolicy _policy;
    private readonly List<ModelAgent> _agents = [];
    private readonly ModelAggregator[] _aggregators;
    private readonly PriorityQueue<Action, (double, int)> _post = new();
    private int _posted;
    private double _now;

    public AdversaryWorld(ulong seed, AdversaryOptions options)
    {
        (_dice, _options) = (new Xorshift(seed * 7919 + 88172645463325252), options);
        for (var i = 0; i < 8; i++)
            _dice.Next();
        var ceilings = 0.0;
        for (var i = 0; i < options.Nodes; i++)
        {
            var floor = 4 + 8 * _dice.Next();
            var ceiling = floor + 10 + 40 * _dice.Next();
            ceilings += ceiling;
            _agents.Add(new ModelAgent($"n{i}", floor, ceiling, i % 3 == 0 ? 8 : 0));
        }
        var floors = _agents.Sum(agent => agent.Floor);
        var limit = floors * 1.15 + (ceilings - floors) * (0.2 + 0.4 * _dice.Next());
        var supply = _agents.Take(2).ToList();
        _policy = new ControlPolicy
        {
            Mode = ControlMode.Cap,
            SafeShareAfter = TimeSpan.FromSeconds(SafeShareAfter),
            Budget = new BudgetGroup
            {
                Name = "fleet",
                Limit = Power.FromWatts(limit),
                IsHard = true,
                Groups = [new BudgetGroup { Name = "supply", IsHard = true, Limit = Power.FromWatts(supply.Sum(agent => agent.Floor * 0.6 + agent.Ceiling * 0.4)), Members = [.. supply.Select(agent => agent.Name)] }],
            },
        };
        _aggregators = [.. Enumerable.Range(0, options.Aggregators).Select(_ => new ModelAggregator())];
        Start(_aggregators[0]);
    }

    /// <summary>The first moment at which what the hardware allows was above a limit; null while there was none.</summary>
    public string? Violation { get; private set; }

    public int Faults { get; private set; }

    /// <summary>Mean of what the hardware allows, as a share of the limit: a controller that grants nothing proves nothing.</summary>
    public double MeanUse { get; private set; }

    public void Run(double seconds)
    {
        var (warm, steps, use) = (20.0, 0, 0.0);
        for (; _now < seconds; _now += Step)
        {
            while (_post.TryPeek(out _, out var due) && due.Item1 <= _now)
                _post.Dequeue()();
            if (_now > warm)
                Disturb();
            foreach (var agent in _agents)
                Live(agent);
            foreach (var aggregator in _aggregators)
            {
                if (aggregator.Controller is { } controller && (_now >= aggregator.NextRound || controller.IsUrgent))
                    Decide(aggregator);
                else if (aggregator.Controller is null && _now >= aggregator.StartsAt)
                    Start(aggregator);
            }
            if (_now <= warm)
                continue;
            steps++;
            use += Check();
        }
        MeanUse = use / steps;
    }

    private double Check()
    {
        var sum = _agents.Sum(agent => agent.Reach(_now));
        foreach (var group in (BudgetGroup[])[_policy.Budget, _policy.Budget.Groups[0]])
        {
            var reach = group.Members.IsEmpty ? sum : _agents.Where(agent => group.Members.Contains(agent.Name)).Sum(agent => agent.Reach(_now));
            if (reach > group.Limit.Watts && Violation is null)
                Violation = $"at {_now:0.0} s {group.Name} may draw {reach:0.00} W of {group.Limit.Watts:0.00} W: {string.Join(", ", _agents.Select(agent => agent.Tell(_now)))}";
        }
        return sum / _policy.Budget.Limit.Watts;
    }

    private void Disturb()
    {
        foreach (var agent in _agents)
        {
            if (_dice.Next() < 0.02)
                agent.Demand = agent.Floor * 0.5 + (agent.Ceiling - agent.Floor * 0.5) * (_dice.Next() < 0.5 ? 0.05 : 1);
            // What is restarted in time is so only once: a supervisor's limit holds for all that befalls a process.
            if (_dice.Next() >= _options.FaultRate || !agent.IsAwake(_now))
                continue;
            Faults++;
            var (kind, length) = ((int)(5 * _dice.Next()), Length());
            if (kind == 0)
                agent.CutUntil = _now + length;
            else if (kind == 1 && !_agents.Any(other => other.IsReboot))
                agent.FrozenUntil = _now + Math.Min(length, 59.8);
            else if (kind == 2)
                Kill(agent, 0.3 + 4 * _dice.Next(), isReboot: false);
            else if (kind == 3 && _agents.TrueForAll(other => _now >= other.FrozenUntil))
                Kill(agent, 8 + 40 * _dice.Next(), isReboot: true);
            else if (_options.Aggregators > 1)
                Move(agent);
        }
        foreach (var aggregator in _aggregators)
        {
            if (aggregator.Controller is null || _dice.Next() >= _options.FaultRate / 2)
                continue;
            Faults++;
            aggregator.Controller = null;
            aggregator.StartsAt = _now + 0.5 + Length() / 2;
            foreach (var agent in _agents.Where(agent => agent.ConnectedTo == aggregator))
                Disconnect(agent);
        }
        if (_options.Aggregators > 1 && _aggregators[1].Controller is null && _aggregators[1].Starts == 0 && _dice.Next() < 0.002)
        {
            _aggregators[1].Memory = _aggregators[0].Memory;
            _aggregators[1].StartsAt = _now;
        }
    }

    /// <summary>Short blips and long absences: from a second to two minutes.</summary>
    private double Length() => Math.Pow(10, 2.1 * _dice.Next());

    private void Start(ModelAggregator aggregator)
    {
        (aggregator.BornAt, aggregator.NextRound) = (_now, _now);
        aggregator.Controller = new FleetController(_policy, aggregator.Memory, (uint)(_dice.Next() * uint.MaxValue), At(aggregator));
        aggregator.Starts++;
    }

    private void Kill(ModelAgent agent, double length, bool isReboot)
    {
        Disconnect(agent);
        (agent.DeadUntil, agent.IsReboot) = (_now + length, isReboot);
    }

    private void Move(ModelAgent agent)
    {
        Disconnect(agent);
        agent.Dials = 1 - agent.Dials;
    }

    private void Disconnect(ModelAgent agent)
    {
        if (agent.ConnectedTo is { } aggregator)
            aggregator.Controller?.Leave(agent.Name, At(aggregator));
        agent.ConnectedTo = null;
        agent.Stream++;
    }

    private void Live(ModelAgent agent)
    {
        if (!agent.Wake(_now))
            return;
        if (_now < agent.CutUntil)
            return;
        if (agent.ConnectedTo is null && _aggregators[agent.Dials].Controller is not null)
            Connect(agent);
        if (agent.ConnectedTo is null || _now < agent.NextReport)
            return;
        agent.NextReport = _now + 0.5;
        Say(agent);
        var seen = agent.Seen(_now);
        Up(agent, controller => controller.Observe(seen, At(agent.ConnectedTo!)));
    }

    /// <summary>An effective cap that changed by itself is told.</summary>
    private void Say(ModelAgent agent)
    {
        if (agent.TakeNews(_now) is not { } applied)
            return;
        Up(agent, controller => controller.Acknowledge(applied, At(agent.ConnectedTo!)));
    }

    private void Connect(ModelAgent agent)
    {
        var aggregator = _aggregators[agent.Dials];
        (agent.ConnectedTo, agent.UpAt) = (aggregator, _now);
        agent.Stream++;
        var applied = agent.Applied(_now);
        aggregator.Controller!.Join(agent.Traits, At(aggregator));
        aggregator.Controller.Acknowledge(applied, At(aggregator));
    }

    /// <summary>In order, as on a stream, but late; what is not heard in time is lost. A severed link severs what is on its way.</summary>
    private void Up(ModelAgent agent, Action<FleetController> say)
    {
        if (_dice.Next() < _options.Loss)
            return;
        agent.UpAt = Math.Max(agent.UpAt, _now + Late());
        var stream = agent.Stream;
        _post.Enqueue(() =>
        {
            if (agent.Stream == stream && agent.ConnectedTo?.Controller is { } controller && _now >= agent.CutUntil)
                say(controller);
        }, (agent.UpAt, _posted++));
    }

    private void Decide(ModelAggregator aggregator)
    {
        aggregator.NextRound = _now + 0.5;
        var round = aggregator.Controller!.Decide(At(aggregator));
        aggregator.Memory = round.Memory;
        foreach (var grant in round.Grants)
        {
            var agent = _agents.Single(one => one.Name == grant.Node);
            if (agent.ConnectedTo != aggregator)
                continue;
            var stream = agent.Stream;
            // Out of order and twice: the agent has to cope.
            for (var copies = _dice.Next() < _options.Loss ? 2 : 1; copies > 0; copies--)
            {
                if (_dice.Next() < _options.Loss)
                    continue;
                _post.Enqueue(() => Arrive(agent, stream, grant), (_now + Late(), _posted++));
            }
        }
    }

    private void Arrive(ModelAgent agent, int stream, Grant grant)
    {
        if (agent.Stream != stream || !agent.IsAwake(_now) || _now < agent.CutUntil)
            return;
        var isTaken = agent.Take(grant, _now);
        var applied = agent.Applied(_now) with { IsRefused = !isTaken };
        Up(agent, controller => controller.Acknowledge(applied, At(agent.ConnectedTo!)));
    }

    private double Late() => _dice.Next() < 0.05 ? 3 * _dice.Next() : 0.02 + 0.1 * _dice.Next();

    private ControlMoment At(ModelAggregator aggregator) => new(TimeSpan.FromSeconds(_now - aggregator.BornAt), DateTimeOffset.UnixEpoch.AddSeconds(_now));
}

internal sealed record AdversaryOptions(int Nodes, int Aggregators, double FaultRate, double Loss);

internal sealed class ModelAggregator
{
    public FleetController? Controller { get; set; }

    public ControlMemory Memory { get; set; } = ControlMemory.Empty;

    public double BornAt { get; set; }

    public double StartsAt { get; set; } = double.MaxValue;

    public double NextRound { get; set; }

    public int Starts { get; set; }
}

internal sealed class ModelAgent
{
    private readonly double _skew;
    private double? _hardware;
    private double? _cap;
    private double? _startCap;
    private double _ends;
    private double _bornAt;
    private double? _safe;
    private (ulong Epoch, ulong Sequence) _taken;
    private (double?, LeaseStanding) _told;

    public ModelAgent(string name, double floor, double ceiling, int steps)
    {
        (Name, Floor, Ceiling, Demand, _skew) = (NodeName.Parse(name), floor, ceiling, floor * 0.5, 1000 * floor);
        Traits = new NodeTraits
        {
            Name = Name,
            IsEnforcing = true,
            Floor = Power.FromWatts(floor),
            Ceiling = Power.FromWatts(ceiling),
            Idle = Power.FromWatts(floor * 0.5),
            Settle = TimeSpan.FromSeconds(0.5),
            Steps = [.. Enumerable.Range(0, steps == 0 ? 0 : steps + 1).Select(step => Power.FromWatts(floor + (ceiling - floor) * step / steps))],
        };
    }

    public NodeName Name { get; }

    public NodeTraits Traits { get; }

    public double Floor { get; }

    public double Ceiling { get; }

    public double Demand { get; set; }

    public double CutUntil { get; set; }

    public double FrozenUntil { get; set; }

    public double DeadUntil { get; set; }

    public bool IsReboot { get; set; }

    public int Dials { get; set; }

    public ModelAggregator? ConnectedTo { get; set; }

    public int Stream { get; set; }

    public double NextReport { get; set; }

    public double UpAt { get; set; }

    /// <summary>What its hardware lets it draw; a machine that is down draws nothing.</summary>
    public double Reach(double now) => IsReboot && now < DeadUntil ? 0 : _hardware ?? Ceiling;

    public bool IsAwake(double now) => now >= FrozenUntil && now >= DeadUntil;

    public string Tell(double now) => $"{Name} {Reach(now):0.00} ({Target(now).Standing}, safe {_safe:0.0}, {_taken.Epoch >> 20}:{_taken.Sequence}, {(IsAwake(now) ? now < CutUntil ? "cut" : "up" : now < DeadUntil ? "dead" : "frozen")}, to {Dials})";

    /// <summary>Lets it act; false while it can not.</summary>
    public bool Wake(double now)
    {
        if (!IsAwake(now))
            return false;
        if (DeadUntil > 0)
        {
            // A new process over hardware that still holds what it held moves like one whose lease just ended; after a reboot it starts at its safe share.
            (_startCap, _cap, _ends, _bornAt) = (IsReboot ? null : _hardware, null, now, IsReboot ? now : _bornAt);
            (DeadUntil, IsReboot) = (0, false);
        }
        Act(now);
        return true;
    }

    public NodeObservation Seen(double now) =>
        new(Name, Power.FromWatts(Math.Min(Demand, Reach(now))), TimeSpan.FromSeconds(now - _bornAt + _skew), false);

    public bool Take(Grant grant, double now)
    {
        if (grant.Epoch < _taken.Epoch || (grant.Epoch == _taken.Epoch && grant.Sequence <= _taken.Sequence))
            return false;
        var (ends, before) = (grant.Basis.TotalSeconds - _skew + _bornAt + grant.TimeToLive.TotalSeconds, Target(now));
        _taken = (grant.Epoch, grant.Sequence);
        if (now < ends)
        {
            (_cap, _ends, _startCap, _safe) = (grant.Cap!.Value.Watts, ends, null, grant.SafeShare.Watts);
        }
        else
        {
            // Dead on arrival: it lowers, or does nothing.
            _safe = Math.Min(_safe ?? double.MaxValue, grant.SafeShare.Watts);
            var cap = Math.Min(before.Cap ?? double.MaxValue, grant.Cap!.Value.Watts);
            if (before.Standing == LeaseStanding.Live)
                _cap = cap;
            else if (before.Standing == LeaseStanding.Expired)
                _startCap = cap;
            else
                (_startCap, _ends) = (cap, Math.Max(_ends, ends));
        }
        Act(now);
        return true;
    }

    public NodeApplied Applied(double now) => new(
        Name, _taken.Epoch, _taken.Sequence, _hardware is { } held ? Power.FromWatts(held) : null, false, Target(now).Standing, _safe is { } safe ? Power.FromWatts(safe) : null, "");

    public NodeApplied? TakeNews(double now)
    {
        var state = (_hardware, Target(now).Standing);
        if (state == _told)
            return null;
        _told = state;
        return Applied(now);
    }

    private void Act(double now) => _hardware = Target(now).Cap is { } cap ? Math.Max(cap, Floor) : null;

    private (double? Cap, LeaseStanding Standing) Target(double now)
    {
        if (_cap is { } live && now < _ends)
            return (live, LeaseStanding.Live);
        if (_safe is not { } safe)
            return (_cap, _cap is null ? LeaseStanding.None : LeaseStanding.Expired);
        var last = _startCap ?? _cap;
        return last is { } cap && now < _ends + AdversaryWorld.SafeShareAfter ? (Math.Min(cap, safe), LeaseStanding.Expired) : (safe, LeaseStanding.Safe);
    }
}

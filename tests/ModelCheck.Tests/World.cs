using Homelab.Aggregator.Budgeting;
using Homelab.NodeAgent.Capping;
using Homelab.Units;
using AgentStanding = Homelab.NodeAgent.Capping.LeaseStanding;
using LeaseStanding = Homelab.Aggregator.Budgeting.LeaseStanding;

namespace Homelab.ModelCheck;

/// <summary>The whole system in small: agents with the product's own <see cref="CapLease"/>, aggregators with its own <see cref="FleetController"/>,
/// hardware that holds what it was last told, and a network that an adversary owns. Deterministic: a list of moves is a state.</summary>
internal sealed class World
{
    public static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly ControlPolicy _policy;
    private readonly SimulatedAgent[] _agents;
    private readonly SimulatedAggregator[] _aggregators;

    public World(WorldShape shape)
    {
        Shape = shape;
        _policy = shape.Policy;
        _agents = [.. shape.Nodes.Select(node => new SimulatedAgent(node))];
        _aggregators = [.. Enumerable.Range(0, shape.Aggregators).Select(number => new SimulatedAggregator((uint)(number + 1)))];
        Start(0);
        Run(shape.WarmUp);
        // Newcomers come uncapped; the promise begins when the fleet is held.
        Violation = null;
        Check();
        if (shape.Aggregators > 1)
            _aggregators[1].Memory = shape.SecondKnowsFleet ? _aggregators[0].Memory : ControlMemory.Empty;
    }

    public WorldShape Shape { get; }

    public TimeSpan Now { get; private set; }

    public IReadOnlyList<SimulatedAgent> Agents => _agents;

    public IReadOnlyList<SimulatedAggregator> Aggregators => _aggregators;

    /// <summary>What the hardware lets the fleet draw at this moment: a node that nothing holds counts with its ceiling.</summary>
    public Power Reach
    {
        get
        {
            var sum = Power.Zero;
            foreach (var agent in _agents)
                sum += agent.Hardware ?? agent.Shape.Ceiling;
            return sum;
        }
    }

    /// <summary>The first moment at which the reach was above the budget; null while there was none.</summary>
    public string? Violation { get; private set; }

    /// <summary>Nodes from this number on were not touched yet. They are alike, so it is enough to touch the first of them.</summary>
    public int Untouched { get; private set; }

    public void Touch(int node) => Untouched = Math.Max(Untouched, node + 1);

    // ---- what an adversary may do

    public void Start(int aggregator)
    {
        var it = _aggregators[aggregator];
        if (it.Controller is not null)
            return;
        it.Starts++;
        it.BornAt = Now;
        it.Controller = new FleetController(_policy, it.Memory, it.Nonce * 7919 + (uint)it.Starts, At(it));
        it.NextRound = Now;
    }

    /// <summary>Kill -9: its streams break, what it stored stays.</summary>
    public void Kill(int aggregator)
    {
        _aggregators[aggregator].Controller = null;
        foreach (var agent in _agents)
        {
            if (agent.ConnectedTo == aggregator)
                Disconnect(agent);
        }
    }

    /// <summary>The link breaks without either side noticing at once: nothing arrives any more.</summary>
    public void Cut(int node) => _agents[node].IsCut = true;

    public void Mend(int node) => _agents[node].IsCut = false;

    /// <summary>Grants to the node are held up on their way; everything else travels.</summary>
    public void Hold(int node, bool held) => _agents[node].GrantsAreHeld = held;

    /// <summary>SIGSTOP: the hardware stays as it is; the agent neither hears nor acts.</summary>
    public void Freeze(int node)
    {
        _agents[node].IsFrozen = true;
        _agents[node].FrozenAt = Now;
    }

    public void Thaw(int node)
    {
        _agents[node].IsFrozen = false;
        Act(_agents[node]);
    }

    /// <summary>Kill -9 of an agent: the hardware stays as it is until its supervisor starts it again.</summary>
    public void KillAgent(int node)
    {
        var agent = _agents[node];
        Disconnect(agent);
        agent.IsDead = true;
        agent.FrozenAt = Now;
    }

    public void RestartAgent(int node)
    {
        var agent = _agents[node];
        if (!agent.IsDead)
            return;
        (agent.IsDead, agent.IsFrozen) = (false, false);
        agent.Born = Now;
        agent.Lease = new CapLease(agent.Stored, agent.Stored.SafeShare is null ? null : agent.Hardware, agent.Clock(Now));
        agent.Inbox.Clear();
        agent.LastHeld = null;
        Act(agent);
    }

    /// <summary>The node dials another aggregator, as after a change of DNS.</summary>
    public void Move(int node, int aggregator)
    {
        Disconnect(_agents[node]);
        _agents[node].Dials = aggregator;
    }

    public void Demand(int node, bool high) => _agents[node].WantsAll = high;

    /// <summary>A report of the agent arrives now.</summary>
    public void Report(int node)
    {
        var agent = _agents[node];
        if (!CanTalk(agent))
            return;
        Connect(agent);
        var draw = Power.Min(agent.WantsAll ? agent.Shape.Ceiling : agent.Shape.Idle, agent.Hardware ?? agent.Shape.Ceiling);
        Of(agent).Controller!.Observe(new NodeObservation(agent.Shape.Name, draw, agent.Clock(Now), false), At(Of(agent)));
    }

    /// <summary>The aggregator decides; its grants are on their way.</summary>
    public void Decide(int aggregator)
    {
        var it = _aggregators[aggregator];
        if (it.Controller is null)
            return;
        var round = it.Controller.Decide(At(it));
        it.Memory = round.Memory;
        it.State = round.State;
        it.NextRound = Now + _policy.Period;
        foreach (var grant in round.Grants)
        {
            var agent = _agents.First(candidate => candidate.Shape.Name == grant.Node);
            if (agent.ConnectedTo == aggregator)
                agent.Inbox.Add(grant);
        }
    }

    /// <summary>One of the grants on their way arrives; it stays there when it is duplicated.</summary>
    public void Deliver(int node, int index, bool duplicate)
    {
        var agent = _agents[node];
        if (!CanTalk(agent) || index < 0 || index >= agent.Inbox.Count)
            return;
        var grant = agent.Inbox[index];
        if (!duplicate)
            agent.Inbox.RemoveAt(index);
        if (Shape.Flaw == ModelFlaw.TakesOldGrants)
            agent.Lease = new CapLease(agent.Lease.Memory with { Sequence = 0 });
        var basis = Shape.Flaw == ModelFlaw.CountsFromReceipt ? agent.Clock(Now) : grant.Basis;
        var answer = agent.Lease.Offer(
            new LeaseOffer(grant.Epoch, grant.Sequence, grant.Cap, grant.SafeShare, basis, grant.TimeToLive, grant.IsRelease, grant.Reason), agent.Clock(Now));
        Act(agent);
        agent.Applied = Answer(agent, answer is OfferAnswer.OldEpoch or OfferAnswer.OldSequence or OfferAnswer.Invalid);
        agent.AppliedIsDue = true;
    }

    /// <summary>The agent's last word on its cap arrives.</summary>
    public void DeliverApplied(int node)
    {
        var agent = _agents[node];
        if (!CanTalk(agent) || agent.ConnectedTo is null || !agent.AppliedIsDue)
            return;
        agent.AppliedIsDue = false;
        Of(agent).Controller!.Acknowledge(agent.Applied, At(Of(agent)));
    }

    /// <summary>A second in which no message travels.</summary>
    public void Tick()
    {
        Now += Second;
        foreach (var agent in _agents)
            Supervise(agent);
        Check();
    }

    /// <summary>Time in which everything that still works works as it should: reports twice a second, grants and answers without loss.</summary>
    public void Run(TimeSpan time)
    {
        for (var end = Now + time; Now < end;)
        {
            Exchange();
            Now += TimeSpan.FromMilliseconds(500);
            foreach (var agent in _agents)
                Supervise(agent);
            Check();
        }
    }

    public void Check()
    {
        if (Violation is null && Reach > _policy.Budget.Limit)
            Violation = $"at {Now.TotalSeconds:0.0} s the hardware lets the fleet draw {Reach} of {_policy.Budget.Limit}: " + string.Join(", ", _agents.Select(agent => agent.ToString()));
    }

    /// <summary>Everything that can make the future differ.</summary>
    public Fingerprint Fingerprint()
    {
        var print = new Fingerprint();
        print.Add(Now.Ticks);
        foreach (var agent in _agents)
            print.AddGraph(agent);
        foreach (var aggregator in _aggregators)
            print.AddGraph(aggregator);
        return print;
    }

    // ---- how the parts behave

    private void Exchange()
    {
        for (var node = 0; node < _agents.Length; node++)
        {
            Report(node);
            DeliverApplied(node);
        }
        for (var number = 0; number < _aggregators.Length; number++)
            Decide(number);
        for (var node = 0; node < _agents.Length; node++)
        {
            while (CanTalk(_agents[node]) && !_agents[node].GrantsAreHeld && _agents[node].Inbox.Count > 0)
                Deliver(node, 0, false);
            DeliverApplied(node);
        }
        for (var number = 0; number < _aggregators.Length; number++)
        {
            if (_aggregators[number].Controller is { IsUrgent: true })
                Decide(number);
        }
        for (var node = 0; node < _agents.Length; node++)
        {
            while (CanTalk(_agents[node]) && !_agents[node].GrantsAreHeld && _agents[node].Inbox.Count > 0)
                Deliver(node, 0, false);
            DeliverApplied(node);
            Check();
        }
    }

    private bool CanTalk(SimulatedAgent agent) =>
        agent is { IsCut: false, IsFrozen: false, IsDead: false } && _aggregators[agent.Dials].Controller is not null;

    private SimulatedAggregator Of(SimulatedAgent agent) => _aggregators[agent.Dials];

    private void Connect(SimulatedAgent agent)
    {
        if (agent.ConnectedTo == agent.Dials)
            return;
        agent.ConnectedTo = agent.Dials;
        agent.Inbox.Clear();
        var it = Of(agent);
        it.Controller!.Join(agent.Shape.Traits, At(it));
        it.Controller.Acknowledge(Answer(agent, false), At(it));
    }

    private void Disconnect(SimulatedAgent agent)
    {
        if (agent.ConnectedTo is { } number && _aggregators[number].Controller is { } controller)
            controller.Leave(agent.Shape.Name, At(_aggregators[number]));
        agent.ConnectedTo = null;
        agent.Inbox.Clear();
        agent.AppliedIsDue = false;
    }

    /// <summary>A living agent keeps its lease by itself; a frozen or dead one is started anew by its supervisor, at the latest after the limit.</summary>
    private void Supervise(SimulatedAgent agent)
    {
        if (agent.IsDead || agent.IsFrozen)
        {
            if (Now - agent.FrozenAt < _policy.AgentRestartLimit - Second)
                return;
            if (agent.IsFrozen)
                Disconnect(agent);
            (agent.IsDead, agent.IsFrozen) = (true, false);
            for (var node = 0; node < _agents.Length; node++)
            {
                if (ReferenceEquals(_agents[node], agent))
                    RestartAgent(node);
            }
            return;
        }
        Act(agent);
    }

    private void Act(SimulatedAgent agent)
    {
        if (agent.IsFrozen || agent.IsDead)
            return;
        var target = agent.Lease.At(agent.Clock(Now));
        agent.Stored = agent.Lease.Memory;
        agent.Standing = target.Standing;
        // Hardware never goes below what it can enforce.
        agent.Hardware = target.Cap is { } cap ? Power.Max(cap, agent.Shape.Floor) : null;
        if (agent.LastHeld != (agent.Hardware, target.Standing) && agent.ConnectedTo is not null)
        {
            agent.Applied = Answer(agent, false);
            agent.AppliedIsDue = true;
        }
        agent.LastHeld = (agent.Hardware, target.Standing);
        Check();
    }

    private static NodeApplied Answer(SimulatedAgent agent, bool isRefused) => new(
        agent.Shape.Name, agent.Lease.Memory.Epoch, agent.Lease.Sequence, agent.Hardware, isRefused, (LeaseStanding)(int)agent.Standing, agent.Lease.Memory.SafeShare, "");

    private ControlMoment At(SimulatedAggregator aggregator) => new(Now - aggregator.BornAt, Epoch + Now);
}

/// <summary>A node as the model has it.</summary>
internal sealed record NodeShape(string Text, Power Idle, Power Floor, Power Ceiling)
{
    public NodeName Name { get; } = NodeName.Parse(Text);

    public NodeTraits Traits => new()
    {
        Name = Name,
        IsEnforcing = true,
        Floor = Floor,
        Ceiling = Ceiling,
        Idle = Idle,
        Settle = TimeSpan.FromMilliseconds(500),
    };
}

/// <param name="WarmUp">How long all is well before the adversary begins.</param>
/// <param name="SecondKnowsFleet">The second aggregator has the first one's memory; else it knows no node.</param>
internal sealed record WorldShape(
    IReadOnlyList<NodeShape> Nodes, int Aggregators, ControlPolicy Policy, TimeSpan WarmUp, bool SecondKnowsFleet = true, ModelFlaw Flaw = ModelFlaw.None);

/// <summary>A mistake put into the protocol on purpose: the search must find what it breaks.</summary>
internal enum ModelFlaw
{
    None = 0,

    /// <summary>Agents count a lease from its arrival, as most lease protocols do.</summary>
    CountsFromReceipt = 1,

    /// <summary>Agents take a grant that is older than the last.</summary>
    TakesOldGrants = 2,
}

internal sealed class SimulatedAgent(NodeShape shape)
{
    public NodeShape Shape { get; } = shape;

    public CapLease Lease { get; set; } = new(LeaseMemory.Empty);

    /// <summary>What is on its disk.</summary>
    public LeaseMemory Stored { get; set; } = LeaseMemory.Empty;

    /// <summary>What the hardware holds; null: nothing.</summary>
    public Power? Hardware { get; set; }

    public AgentStanding Standing { get; set; } = AgentStanding.None;

    public (Power?, AgentStanding)? LastHeld { get; set; }

    public int Dials { get; set; }

    public int? ConnectedTo { get; set; }

    public bool IsCut { get; set; }

    public bool IsFrozen { get; set; }

    public bool GrantsAreHeld { get; set; }

    public bool IsDead { get; set; }

    public bool WantsAll { get; set; }

    public TimeSpan Born { get; set; }

    public TimeSpan FrozenAt { get; set; }

    public List<Grant> Inbox { get; } = [];

    public NodeApplied Applied { get; set; }

    public bool AppliedIsDue { get; set; }

    public TimeSpan Clock(TimeSpan now) => now - Born;

    public override string ToString() =>
        $"{Shape.Text} {(Hardware is { } held ? held.ToString() : "uncapped " + Shape.Ceiling)} ({Standing}{(IsFrozen ? ", frozen" : "")}{(IsDead ? ", dead" : "")}{(IsCut ? ", cut" : "")}, to {ConnectedTo?.ToString() ?? "none"})";
}

internal sealed class SimulatedAggregator(uint nonce)
{
    public uint Nonce { get; } = nonce;

    public FleetController? Controller { get; set; }

    public ControlMemory Memory { get; set; } = ControlMemory.Empty;

    public FleetControl? State { get; set; }

    public int Starts { get; set; }

    public TimeSpan BornAt { get; set; }

    public TimeSpan NextRound { get; set; }
}

using Homelab.Units;

namespace Homelab.Aggregator.Budgeting.Tests;

/// <summary>A controller and obedient nodes, one round each half second: grants arrive at once, and what is drawn is what is wanted or allowed.</summary>
internal sealed class LoopFleet
{
    private readonly SortedDictionary<NodeName, LoopNode> _nodes = [];

    public LoopFleet(ControlPolicy policy, ControlMemory? memory = null)
    {
        Policy = policy;
        Controller = new FleetController(policy, memory ?? ControlMemory.Empty, 7, Now);
        Last = Controller.Decide(Now);
    }

    public static readonly TimeSpan Round = TimeSpan.FromMilliseconds(500);

    public FleetController Controller { get; }

    public ControlPolicy Policy { get; private set; }

    public TimeSpan Time { get; private set; }

    public ControlMoment Now => new(Time, DateTimeOffset.UnixEpoch + Time);

    public ControlRound Last { get; private set; }

    public List<Decision> Log { get; } = [];

    public List<Grant> Grants { get; } = [];

    public LoopNode this[string name] => _nodes[NodeName.Parse(name)];

    public static ControlPolicy PolicyOf(double watts, double unmanaged = 0, bool isHard = true, ControlMode mode = ControlMode.Cap, params BudgetGroup[] groups) => new()
    {
        Budget = new BudgetGroup { Name = "fleet", Limit = W(watts), Unmanaged = W(unmanaged), IsHard = isHard, Groups = [.. groups] },
        Mode = mode,
    };

    public static Power W(double watts) => Power.FromWatts(watts);

    public LoopFleet With(string name, double floor = 10, double ceiling = 50, double wants = 5, string priority = "", bool isEnforcing = true, string host = "", HostMarks? marks = null)
    {
        var node = new LoopNode(new NodeTraits
        {
            Name = NodeName.Parse(name),
            IsEnforcing = isEnforcing,
            Floor = W(floor),
            Ceiling = W(ceiling),
            Idle = W(4),
            PriorityClass = priority,
            Host = host,
            Marks = marks ?? HostMarks.None,
        })
        {
            Wants = W(wants),
        };
        _nodes[node.Traits.Name] = node;
        Connect(name);
        return this;
    }

    public void Connect(string name)
    {
        var node = this[name];
        node.IsUp = true;
        Controller.Join(node.Traits, Now);
        Controller.Acknowledge(node.Applied(), Now);
    }

    public void Change(ControlPolicy policy)
    {
        Policy = policy;
        Controller.Change(policy, Now);
    }

    public void Run(double seconds)
    {
        for (var end = Time + TimeSpan.FromSeconds(seconds); Time < end;)
            Step();
    }

    /// <summary>Half a second: reports, a round, and the rounds that its answers make urgent.</summary>
    public void Step()
    {
        Time += Round;
        foreach (var node in _nodes.Values)
        {
            if (node is { IsUp: true, IsMute: false })
                Controller.Observe(new NodeObservation(node.Traits.Name, node.Drawn, Time, node.IsHot) { Provenance = node.Provenance }, Now);
        }
        Decide();
        for (var urgent = 0; urgent < 5 && Controller.IsUrgent; urgent++)
            Decide();
    }

    public void Decide()
    {
        Last = Controller.Decide(Now);
        Log.AddRange(Last.Decisions);
        foreach (var grant in Last.Grants)
        {
            Grants.Add(grant);
            var node = _nodes[grant.Node];
            if (!node.IsUp)
                continue;
            node.Take(grant);
            Controller.Acknowledge(node.Applied(), Now);
        }
    }

    public NodeControl State(string name) => Last.State.Nodes.Single(node => node.Name == NodeName.Parse(name));

    public ControlAlarm? Alarm(string word) => Last.State.Alarms.FirstOrDefault(alarm => alarm.Word == word);
}

internal sealed class LoopNode(NodeTraits traits)
{
    private (ulong, ulong) _taken;
    private Power? _safe;

    public NodeTraits Traits { get; } = traits;

    public Power Wants { get; set; }

    public Power? Cap { get; private set; }

    /// <summary>Set when its hardware does not do as it says.</summary>
    public Power? Defies { get; set; }

    /// <summary>Share of its cap at which its hardware already holds.</summary>
    public double HoldsAt { get; set; } = 1;

    public bool IsUp { get; set; }

    public Provenance Provenance { get; set; } = Provenance.Measured;

    public bool IsMute { get; set; }

    public bool IsHot { get; set; }

    public int Writes { get; private set; }

    public Power Drawn => Defies ?? Power.Min(Wants, Power.Min((Cap ?? Traits.Ceiling) * HoldsAt, Traits.Ceiling));

    public void Take(Grant grant)
    {
        _taken = (grant.Epoch, grant.Sequence);
        if (Cap != grant.Cap)
            Writes++;
        (Cap, _safe) = (grant.Cap, grant.IsRelease ? null : grant.SafeShare);
    }

    public NodeApplied Applied() => new(
        Traits.Name, _taken.Item1, _taken.Item2, Cap, false, Cap is null ? LeaseStanding.None : LeaseStanding.Live, _safe, "");
}

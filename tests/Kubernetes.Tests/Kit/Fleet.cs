using System.Collections.Immutable;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Orders;
using Homelab.Units;

namespace Homelab.Aggregator.Kubernetes.Tests;

/// <summary>A fleet as the adapter sees it, set by hand.</summary>
internal sealed class Fleet
{
    private readonly SortedDictionary<NodeName, (NodeSnapshot Node, NodeControl? Control)> _nodes = [];
    private long _version;

    public ControlMode Mode { get; set; } = ControlMode.Label;

    public double Budget { get; set; } = 200;

    public bool IsOnBattery { get; set; }

    public ImmutableArray<BudgetGroup> Groups { get; set; } = [];

    public static Power W(double watts) => Power.FromWatts(watts);

    public Fleet Put(string name, double watts = 20, Func<NodeSnapshot, NodeSnapshot>? with = null, Func<NodeControl, NodeControl>? control = null)
    {
        var node = new NodeSnapshot
        {
            Name = NodeName.Parse(name),
            Link = NodeLink.Up,
            Identity = new NodeIdentity(NodeName.Parse(name), new AgentInstance(1), "0.1.0", new MachineFacts("boot-" + name, "amd64", "UM890 Pro", "", "", "", 16, 1, false), "192.0.2.9:5000", 1, []),
            Power = new NodePower(W(watts), Provenance.Measured, "rapl-package", PowerScope.Package, 0.1),
            SmoothedPower = W(watts),
            ThermalHeadroom = new Temperature(40_000),
            Throttled = ImmutableSortedDictionary<ThrottleReason, bool>.Empty.Add(ThrottleReason.Thermal, false).Add(ThrottleReason.UnderVoltage, false),
        };
        var said = new NodeControl(node.Name, NodeStanding.Observing, null, null, W(60), W(30), W(watts), W(5), W(60), "its agent does not enforce");
        _nodes[node.Name] = (with?.Invoke(node) ?? node, control?.Invoke(said) ?? said);
        return this;
    }

    public Fleet Throttle(string name, bool isThrottled, ThrottleReason reason = ThrottleReason.Thermal) =>
        Put(name, with: node => node with { Throttled = node.Throttled.SetItem(reason, isThrottled) });

    public Fleet Silence(string name)
    {
        var key = NodeName.Parse(name);
        _nodes[key] = (_nodes[key].Node with { Link = NodeLink.Down, Power = NodePower.None }, _nodes[key].Control);
        return this;
    }

    public FleetSnapshot At(Moment at)
    {
        var nodes = _nodes.Values.Select(each => each.Node).ToImmutableArray();
        var drawn = Sum(nodes);
        var tree = new BudgetGroup { Name = "fleet", Limit = W(Budget), Groups = Groups };
        var groups = Groups.Select(group => new GroupControl(group.Name, group.Limit, group.Limit, group.Limit, Sum(nodes.Where(node => group.Members.Contains(node.Name))), false, false));
        var state = new FleetControl(
            Mode, 1, W(Budget), W(0), W(0), [new GroupControl("fleet", W(Budget), W(Budget), W(Budget), drawn, false, false), .. groups],
            [.. _nodes.Values.Select(each => each.Control).OfType<NodeControl>()], [], []);
        var leases = _nodes.Values.Where(each => each.Control?.Standing == NodeStanding.Held).ToImmutableSortedDictionary(each => each.Node.Name, _ => new NodeLease(LeaseStanding.Live, ApplyOutcome.Ok, ""));
        var view = new ControlView(state, new EffectiveBudget(new ControlPolicy { Budget = tree, Mode = Mode }, null, ""), new StandingOrders([], null, IsOnBattery), leases, [], ControlCounts.None, "");
        var balance = new FleetBalance(drawn, 0.1, W(Budget), W(Budget) - drawn, FleetState.Ok, nodes.Length, 0);
        return new FleetSnapshot(++_version, at, nodes, balance, null, TimeSpan.Zero, nodes.Length, "") { Control = view };
    }

    private static Power Sum(IEnumerable<NodeSnapshot> nodes) => nodes.Aggregate(Power.Zero, (sum, node) => sum + (node.Power.Watts ?? Power.Zero));
}

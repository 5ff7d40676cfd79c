using System.Collections.Immutable;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Orders;
using Homelab.Units;

namespace Homelab.Aggregator.Fleet;

/// <summary>What became of a grant on its node, by the agent's word. The number is the wire value (<c>ApplyResult</c>).</summary>
internal enum ApplyOutcome
{
    Unknown = 0,
    Ok = 1,
    Adjusted = 2,
    Rejected = 3,
    Ineffective = 4,
    Denied = 5,
    Observing = 6,
}

/// <summary>What a node last answered.</summary>
/// <param name="Detail">Why it is not what was asked; empty when it is.</param>
internal sealed record NodeLease(LeaseStanding Standing, ApplyOutcome Outcome, string Detail);

/// <summary>One row of the count of what was written to hardware, by the agents' word.</summary>
internal readonly record struct ActuationKey(NodeName Node, string Actuator, ApplyOutcome Outcome) : IComparable<ActuationKey>
{
    public int CompareTo(ActuationKey other)
    {
        var order = Node.CompareTo(other.Node);
        order = order != 0 ? order : string.CompareOrdinal(Actuator, other.Actuator);
        return order != 0 ? order : Outcome.CompareTo(other.Outcome);
    }
}

/// <summary>What the control loop counted since the aggregator started.</summary>
/// <param name="Grants">By kind: <c>cut</c>, <c>raise</c>, <c>renew</c>, <c>release</c>.</param>
/// <param name="Decisions">By kind of the decision log.</param>
/// <param name="Deciding">Time that a round took.</param>
/// <param name="Granting">From the arrival of the report that called for a round, or from when the round was due, to the grant on its stream.</param>
internal sealed record ControlCounts(
    ImmutableSortedDictionary<string, long> Grants, ImmutableSortedDictionary<string, long> Decisions,
    ImmutableSortedDictionary<ActuationKey, long> Actuations, DelayHistogram Deciding, DelayHistogram Granting)
{
    public static readonly ControlCounts None = new(
        ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal), ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal),
        ImmutableSortedDictionary<ActuationKey, long>.Empty, DelayHistogram.Empty, DelayHistogram.Empty);
}

/// <summary>The control loop at one moment, as adapters see it. Immutable.</summary>
/// <param name="Recent">The last decisions, oldest first.</param>
/// <param name="Leases">Of nodes that ever answered.</param>
/// <param name="StorageFailure">Why what grants rest on could not be stored: new caps wait for it. Empty when all is well.</param>
internal sealed record ControlView(
    FleetControl State, EffectiveBudget Budget, StandingOrders Orders, ImmutableSortedDictionary<NodeName, NodeLease> Leases,
    ImmutableArray<Decision> Recent, ControlCounts Counts, string StorageFailure)
{
    private readonly ImmutableSortedDictionary<NodeName, NodeControl> _nodes = State.Nodes.ToImmutableSortedDictionary(node => node.Name, node => node);

    /// <summary>Who grants; what a follower shows of control is its configuration alone.</summary>
    public LeaderView Leader { get; init; } = LeaderView.Alone;

    /// <summary>The Kubernetes cluster of each node that is known to be of one.</summary>
    public ImmutableSortedDictionary<NodeName, string> Clusters { get; init; } = ImmutableSortedDictionary<NodeName, string>.Empty;

    /// <summary>Nodes whose own word has put the fleet on battery.</summary>
    public ImmutableSortedSet<NodeName> OnBattery { get; init; } = [];

    /// <summary>The fleet runs from a battery: a UPS monitor's hook says so, or a node that the configuration asks.</summary>
    public bool IsOnBattery => Orders.IsOnBattery || !OnBattery.IsEmpty;

    /// <summary>Null when the control loop does not know the node.</summary>
    public NodeControl? Find(NodeName node) => _nodes.GetValueOrDefault(node);
}

/// <summary>The lower-case words of JSON, metrics and tables.</summary>
internal static class ControlWords
{
    public static string Word(this ControlMode mode) => mode switch
    {
        ControlMode.Label => "label",
        ControlMode.Cap => "cap",
        _ => "observe",
    };

    public static string Word(this NodeStanding standing) => standing switch
    {
        NodeStanding.Held => "held",
        NodeStanding.Silent => "silent",
        NodeStanding.Uncontrolled => "uncontrolled",
        NodeStanding.Awaited => "awaited",
        _ => "observing",
    };

    public static string Word(this LeaseStanding standing) => standing switch
    {
        LeaseStanding.None => "none",
        LeaseStanding.Live => "live",
        LeaseStanding.Expired => "expired",
        LeaseStanding.Safe => "safe",
        _ => "unknown",
    };

    public static string Word(this ApplyOutcome outcome) => outcome switch
    {
        ApplyOutcome.Ok => "ok",
        ApplyOutcome.Adjusted => "adjusted",
        ApplyOutcome.Rejected => "rejected",
        ApplyOutcome.Ineffective => "ineffective",
        ApplyOutcome.Denied => "denied",
        ApplyOutcome.Observing => "observing",
        _ => "unknown",
    };
}

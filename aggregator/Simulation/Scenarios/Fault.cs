using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Simulation.Scenarios;

/// <summary>What goes wrong.</summary>
internal enum FaultKind
{
    /// <summary>Messages vanish, both ways.</summary>
    MessageLoss = 0,

    /// <summary>Messages take longer by up to <see cref="Fault.Delay"/>, each its own time: they overtake each other.</summary>
    MessageDelay = 1,

    /// <summary>Messages arrive twice, the second up to <see cref="Fault.Delay"/> later.</summary>
    MessageDuplicate = 2,

    /// <summary>Reports of the nodes do not arrive; grants still do.</summary>
    TelemetryLost = 3,

    /// <summary>Nothing passes between the nodes and the aggregator.</summary>
    Partition = 4,

    /// <summary>The aggregator is gone, then starts anew from its disk.</summary>
    AggregatorDead = 5,

    /// <summary>A second aggregator starts from a copy of the first one's disk, and the nodes dial it instead.</summary>
    SplitBrain = 6,

    /// <summary>The agent is gone; the hardware keeps its last cap. Then its supervisor starts it anew from its disk.</summary>
    AgentKilled = 7,

    /// <summary>The agent stands still, then goes on as if nothing had been.</summary>
    AgentFrozen = 8,

    /// <summary>The node is off, then boots; no work runs before the agent does.</summary>
    NodeRebooted = 9,

    /// <summary>The wall clock of the aggregator jumps by <see cref="Fault.Delay"/>.</summary>
    ClockJump = 10,

    /// <summary>The node sleeps: its clock that counts leases has moved on when it wakes.</summary>
    NodeSuspended = 11,

    /// <summary>Writes succeed and read back as asked, and hold nothing.</summary>
    ActuatorIgnores = 12,

    /// <summary>Something else sets the limit back to its ceiling again and again.</summary>
    ActuatorReset = 13,

    /// <summary>Writes fail; the last limit stays.</summary>
    ActuatorStuck = 14,
}

/// <param name="For">Zero for a fault of a moment.</param>
/// <param name="Nodes">Empty: all.</param>
/// <param name="Ratio">Share of the messages, for those faults that have one.</param>
/// <param name="Delay">Longest extra time, or how far a clock jumps.</param>
internal sealed record Fault(FaultKind Kind, TimeSpan At, TimeSpan For, ImmutableArray<NodeName> Nodes, double Ratio, TimeSpan Delay)
{
    public TimeSpan Until => At + For;

    public bool IsOn(TimeSpan time) => time >= At && time < Until;

    public bool Hits(NodeName node) => Nodes.IsEmpty || Nodes.Contains(node);
}

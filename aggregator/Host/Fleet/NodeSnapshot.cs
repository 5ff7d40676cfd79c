using System.Collections.Immutable;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Fleet.Learned;
using Homelab.Units;

namespace Homelab.Aggregator.Fleet;

/// <summary>All that is known of one node at one moment. Immutable; any thread may read it.</summary>
internal sealed record NodeSnapshot
{
    public required NodeName Name { get; init; }

    public NodeLink Link { get; init; }

    /// <summary>Null while no agent has spoken for this node since the aggregator started: only its energy is known.</summary>
    public NodeIdentity? Identity { get; init; }

    /// <summary>When the last report came in, on our wall clock; null before the first.</summary>
    public DateTimeOffset? LastSeen { get; init; }

    /// <summary>Runs beside the sensors of <see cref="Identity"/>.</summary>
    public ImmutableArray<SensorReading> Readings { get; init; } = [];

    /// <summary>Mean of the last sampling interval; <see cref="NodePower.None"/> while the node is down.</summary>
    public NodePower Power { get; init; } = NodePower.None;

    /// <summary>Exponential mean of the power over 5 s; null while there is none.</summary>
    public Power? SmoothedPower { get; init; }

    /// <summary>What its reports have taught; what it last was while the node is down.</summary>
    public LearnedFigures Learned { get; init; } = LearnedFigures.None;

    /// <summary>Durable total: on disk before it is here, so it never goes backwards. Null for a node whose first energy is not stored yet.</summary>
    public Energy? Energy { get; init; }

    public PickedTemperature? Temperature { get; init; }

    /// <summary>How far the hottest sensor is below its nearest limit, negative above it; null when no limit is known.</summary>
    public Temperature? ThermalHeadroom { get; init; }

    /// <summary>The same to its nearest critical or hot limit, which a passive trip or a maximum is not; null when none is known.</summary>
    public Temperature? CriticalHeadroom { get; init; }

    /// <summary>Share of processor time in use; null when unknown.</summary>
    public long? CpuUseMicros { get; init; }

    public ImmutableSortedDictionary<ThrottleReason, bool> Throttled { get; init; } = ImmutableSortedDictionary<ThrottleReason, bool>.Empty;

    /// <summary>Whether each reason held at some time since the machine's boot; only reasons that something remembers.</summary>
    public ImmutableSortedDictionary<ThrottleReason, bool> ThrottledSinceBoot { get; init; } = ImmutableSortedDictionary<ThrottleReason, bool>.Empty;

    /// <summary>Null while the node's agent does not split its energy, and while it is down.</summary>
    public NodeSplit? Split { get; init; }

    /// <summary>How long each reason held since the aggregator started, by the agent's clock.</summary>
    public ImmutableSortedDictionary<ThrottleReason, TimeSpan> ThrottledTime { get; init; } = ImmutableSortedDictionary<ThrottleReason, TimeSpan>.Empty;

    public NodeState State { get; init; }

    public ImmutableSortedDictionary<string, SourceReport> Sources { get; init; } = ImmutableSortedDictionary<string, SourceReport>.Empty;

    /// <summary>Whether the machine runs from a battery or a UPS of its own; null where nothing in it can tell. On mains is only what says so.</summary>
    public bool? IsOnBattery => Identity is { SupplySensor: >= 0 and var supply } && supply < Readings.Length && Readings[supply].Usable is { } micros ? micros > 0 : null;

    public AgentCost? Cost { get; init; }

    /// <summary>The agent's wall clock less ours when its last report came in. For people; nothing is computed with it.</summary>
    public TimeSpan? ClockSkew { get; init; }

    /// <summary>Streams after the first since the aggregator started.</summary>
    public long Reconnects { get; init; }

    /// <summary>Readings taken in since the aggregator started.</summary>
    public long Samples { get; init; }

    /// <summary>Readings dropped since the aggregator started, as they count by another inventory than the last Hello's.</summary>
    public long DroppedOfInventory { get; init; }

    /// <summary>Readings dropped since the aggregator started, of a stream that lost the node to a newer one.</summary>
    public long DroppedOfStream { get; init; }

    public DelayHistogram IngestDelay { get; init; } = DelayHistogram.Empty;

    /// <summary>Times that this node's agent broke the promise of its energy counter; such reports add no energy.</summary>
    public long EnergyRefusals { get; init; }

    /// <summary>Null for a node that has its machine for itself.</summary>
    public SharedHost? SharedHost { get; init; }

    /// <summary>Another node counts for its machine.</summary>
    public bool IsRepeated => SharedHost is { CountedBy: var by } && by != Name;

    /// <summary>What the fleet's balance takes of this node.</summary>
    public NodeDraw Draw => new(Power.Watts, Power.Uncertainty, Power.Source, IsRepeated);
}

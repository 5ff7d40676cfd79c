using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Fleet;

/// <summary>Number of one agent stream in this process; a stream that takes a node over has a larger number than the one it takes it from.</summary>
internal readonly record struct StreamNumber(long Value);

/// <summary>Everything that changes the fleet. <see cref="FleetLoop"/> applies events one at a time, in order of arrival.</summary>
internal abstract record FleetEvent(Moment At);

/// <summary>An agent said Hello, for the first time on its stream or with a new inventory.</summary>
internal sealed record NodeGreeted(StreamNumber Stream, NodeIdentity Identity, Moment At) : FleetEvent(At);

/// <summary>A report came in. Only the stream that holds the node is heard.</summary>
internal sealed record NodeReported(StreamNumber Stream, NodeName Node, NodeReport Report, Moment At) : FleetEvent(At);

/// <summary>An agent's stream ended.</summary>
internal sealed record NodeLeft(StreamNumber Stream, NodeName Node, Moment At) : FleetEvent(At);

/// <summary>Time passed.</summary>
internal sealed record Ticked(Moment At) : FleetEvent(At);

/// <summary>A ledger is safe on disk (failure empty), or could not be stored and why.</summary>
internal sealed record LedgerStored(EnergyLedger Ledger, string Failure, Moment At) : FleetEvent(At);

/// <summary>The control loop has finished a round.</summary>
internal sealed record ControlMoved(ControlView Control, Moment At) : FleetEvent(At);

/// <summary>One report of a node, in domain types.</summary>
/// <param name="Sequence">1 for the first of a stream; the first carries every reading.</param>
/// <param name="AgentTime">The agent's wall clock; for people only. Null when unset.</param>
/// <param name="AgentMonotonic">The agent's monotonic clock since its process started.</param>
/// <param name="Inventory">The inventory that <paramref name="Readings"/> counts by.</param>
/// <param name="Readings">Sensor index and reading, only what changed.</param>
/// <param name="Energy">Energy of the node since the agent process started.</param>
/// <param name="Sources">State of the sources that changed.</param>
/// <param name="Cost">Null when not in this report.</param>
internal sealed record NodeReport(
    ulong Sequence, DateTimeOffset? AgentTime, TimeSpan AgentMonotonic, uint Inventory,
    ImmutableArray<(int Sensor, SensorReading Reading)> Readings, NodePower Power, Energy Energy,
    ImmutableArray<SourceReport> Sources, AgentCost? Cost)
{
    /// <summary>What holds the node back, each reason once; empty from an agent that leaves it to the readings.</summary>
    public ImmutableArray<ReportedThrottle> Throttles { get; init; } = [];

    /// <summary>Readings that came and could not be read, as they count by another inventory.</summary>
    public int Unread { get; init; }

    /// <summary>Null from an agent that does not split the node's energy.</summary>
    public NodeSplit? Split { get; init; }
}

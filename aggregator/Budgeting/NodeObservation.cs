using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>What one report says about a node.</summary>
/// <param name="Power">Mean over the report's interval; null when the node gave no figure.</param>
/// <param name="AgentMonotonic">The agent's monotonic clock in the report; leases are counted from it.</param>
/// <param name="IsThermallyThrottled">Heat holds it down now: raising its cap would not raise its draw.</param>
/// <param name="IsHeldDown">The agent sees that its cap holds the node down: all its processors are in use. False when it cannot tell; the draw then has to show it.</param>
internal readonly record struct NodeObservation(NodeName Node, Power? Power, TimeSpan AgentMonotonic, bool IsThermallyThrottled, bool IsHeldDown = false)
{
    /// <summary>Of the power.</summary>
    public Provenance Provenance { get; init; }
}

/// <summary>How the node's cap stands on the agent's own clock. The number is the wire value.</summary>
internal enum LeaseStanding
{
    Unknown = 0,

    /// <summary>No cap: none was ever granted, or the node was released.</summary>
    None = 1,

    /// <summary>The granted cap is in force.</summary>
    Live = 2,

    /// <summary>The lease ended: min(cap, safe share).</summary>
    Expired = 3,

    /// <summary>At its safe share, long after the lease ended or at boot.</summary>
    Safe = 4,
}

/// <summary>What an agent answers to a grant, and says by itself when its effective cap changes.</summary>
/// <param name="Epoch">Of the newest grant that the node has taken; 0 with none.</param>
/// <param name="Sequence">Of the same.</param>
/// <param name="Effective">What the node is really held to, read back; null when it is not held at all.</param>
/// <param name="IsRefused">The agent turned the grant down (older epoch or sequence).</param>
/// <param name="SafeShare">What the node falls to by itself; null when it has none yet.</param>
/// <param name="Detail">Why it is not what was asked; empty when it is.</param>
internal readonly record struct NodeApplied(
    NodeName Node, ulong Epoch, ulong Sequence, Power? Effective, bool IsRefused, LeaseStanding Standing, Power? SafeShare, string Detail);

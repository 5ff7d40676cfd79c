using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Orders;

namespace Homelab.Aggregator.Control;

/// <summary>What of the control loop outlives the process: what grants rest on, and what the operator told it.</summary>
internal sealed record StoredControl(ControlMemory Memory, StandingOrders Orders)
{
    /// <summary>What was last seen of what the fleet stands in.</summary>
    public FleetSight Sight { get; init; } = FleetSight.Empty;

    public static readonly StoredControl Empty = new(ControlMemory.Empty, StandingOrders.None);
}

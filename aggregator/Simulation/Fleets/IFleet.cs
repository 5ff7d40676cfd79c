using Homelab.Units;

namespace Homelab.Aggregator.Simulation.Fleets;

/// <summary>Everything that stands between the meters and the limiters of a plant: agents, messages, a controller.</summary>
internal interface IFleet
{
    /// <summary>What the policy promises that Σ of what the hardware is held to stays within; null when it promises nothing.</summary>
    Power? Allowed(Power budget);

    /// <summary>All that happens from the moment of a step until the next.</summary>
    void Advance(int step);

    /// <summary>What the node is meant to be held to, for the picture; null when nothing.</summary>
    Power? Cap(int node);
}

using Homelab.Units;

namespace Homelab.Aggregator.Fleet;

/// <summary>The machine of a node that is not alone on it (Kind): what the node's agent measures is the machine's, and is counted once.</summary>
/// <param name="Name">What the operator calls it, else the first of its nodes by name.</param>
/// <param name="CountedBy">The node whose figures are in the fleet's sums now.</param>
internal sealed record SharedHost(string Name, NodeName CountedBy);

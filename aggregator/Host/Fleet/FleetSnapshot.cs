using System.Collections.Immutable;
using Homelab.Aggregator.Budgeting;
using Homelab.Units;

namespace Homelab.Aggregator.Fleet;

/// <summary>The whole fleet at one moment. Immutable; adapters read it and nothing else.</summary>
/// <param name="Version">Grows with each snapshot of this process.</param>
/// <param name="At">When it was made.</param>
/// <param name="Nodes">Ordered by name.</param>
/// <param name="Balance">The fleet's draw against its budget.</param>
/// <param name="Energy">Durable sum of the nodes' totals; null while none is stored.</param>
/// <param name="OverBudget">Durable time above the budget.</param>
/// <param name="Streams">Agent streams that hold a node now.</param>
/// <param name="StorageFailure">Why the last attempt to store energy failed; empty when all is well.</param>
internal sealed record FleetSnapshot(
    long Version, Moment At, ImmutableArray<NodeSnapshot> Nodes, FleetBalance Balance, Energy? Energy,
    TimeSpan OverBudget, int Streams, string StorageFailure)
{
    /// <summary>The control loop's last round; null before its first.</summary>
    public ControlView? Control { get; init; }

    /// <summary>Null when the node is not known.</summary>
    public NodeSnapshot? Find(NodeName name)
    {
        foreach (var node in Nodes)
        {
            if (node.Name == name)
                return node;
        }
        return null;
    }
}

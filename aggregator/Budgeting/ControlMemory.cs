using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>What must outlive the process: stored durably before a grant that rests on it is sent.</summary>
/// <param name="Epoch">The last epoch that this aggregator led with; 0 when it never did.</param>
/// <param name="Nodes">Nodes that have ever been granted a cap, with the safe share they hold on their own disks, and the traits they had.</param>
internal sealed record ControlMemory(ulong Epoch, ImmutableSortedDictionary<NodeName, RememberedNode> Nodes)
{
    public static readonly ControlMemory Empty = new(0, ImmutableSortedDictionary<NodeName, RememberedNode>.Empty);
}

/// <param name="SafeShare">What it falls to by itself.</param>
/// <param name="Ceiling">The most it draws uncapped.</param>
internal sealed record RememberedNode(Power SafeShare, Power Ceiling);

using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>What must outlive the process: stored durably before a grant that rests on it is sent.</summary>
/// <param name="Epoch">The last epoch that this aggregator led with; 0 when it never did.</param>
/// <param name="Nodes">Nodes that have ever been granted a cap, with the safe share they hold on their own disks; and, while capping is on, those that nothing holds.</param>
internal sealed record ControlMemory(ulong Epoch, ImmutableSortedDictionary<NodeName, RememberedNode> Nodes)
{
    public static readonly ControlMemory Empty = new(0, ImmutableSortedDictionary<NodeName, RememberedNode>.Empty);

    /// <summary>Whether it tells of a fleet that caps were granted to.</summary>
    public bool HasLed => Nodes.Values.Any(static node => node.WasGranted);
}

/// <param name="SafeShare">What it falls to by itself.</param>
/// <param name="Ceiling">The most it draws uncapped.</param>
/// <param name="IsUncapped">The last it said was that nothing holds it: it counts with its ceiling until it is heard or forgotten.</param>
internal sealed record RememberedNode(Power SafeShare, Power Ceiling, bool IsUncapped = false)
{
    /// <summary>False for a node that only observes, or was not granted a cap yet.</summary>
    public bool WasGranted => !IsUncapped || SafeShare > Power.Zero;
}

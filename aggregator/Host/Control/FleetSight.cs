using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Control;

/// <summary>What was last seen of what the fleet stands in. It outlives the process, so that a restart knows more than nothing; no grant waits for it.</summary>
/// <param name="OnBattery">Nodes that said last that they run from a battery, of those that speak for the fleet.</param>
/// <param name="Places">The cluster of each node that was found to be of one, of clusters that are budget groups.</param>
/// <param name="SeenAt">When each of these clusters was last seen, within <see cref="Surroundings.SightLasts"/>.</param>
internal sealed record FleetSight(
    ImmutableSortedSet<NodeName> OnBattery, ImmutableSortedDictionary<NodeName, string> Places, ImmutableSortedDictionary<string, DateTimeOffset> SeenAt)
{
    public static readonly FleetSight Empty = new([], ImmutableSortedDictionary<NodeName, string>.Empty, ImmutableSortedDictionary.Create<string, DateTimeOffset>(StringComparer.Ordinal));
}

/// <summary>What the watches of the clusters have seen since this aggregator started.</summary>
/// <param name="Places">The cluster of each agent's machine.</param>
/// <param name="Seen">Clusters that were looked into.</param>
/// <param name="Up">Those of them that are seen now.</param>
internal sealed record ClusterSight(ImmutableSortedDictionary<NodeName, string> Places, ImmutableSortedSet<string> Seen, ImmutableSortedSet<string> Up)
{
    public static readonly ClusterSight Nothing = new(ImmutableSortedDictionary<NodeName, string>.Empty, [], []);
}

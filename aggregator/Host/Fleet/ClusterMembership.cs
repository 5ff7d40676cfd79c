using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Fleet;

/// <summary>Which cluster each agent's machine is a node of. Pure.</summary>
internal static class ClusterMembership
{
    /// <summary>What was known, brought up to what is seen. A cluster that can not be seen keeps its nodes, and so does one that lost a node to nobody:
    /// the machine still draws from where it stands. Of several clusters the known one stays, else it is the first by name.</summary>
    /// <returns>The same instance when nothing changed.</returns>
    public static ImmutableSortedDictionary<NodeName, string> Follow(ImmutableSortedDictionary<NodeName, string> known, ClustersView seen)
    {
        foreach (var agent in seen.Nodes.Where(node => node.Agent is not null).GroupBy(node => node.Agent!.Value, node => node.Cluster))
        {
            if (!known.TryGetValue(agent.Key, out var cluster) || !agent.Contains(cluster))
                known = known.SetItem(agent.Key, agent.Min(StringComparer.Ordinal)!);
        }
        return known;
    }
}

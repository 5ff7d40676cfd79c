using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>Budget groups that are clusters: besides the nodes that they list, those that are found to be the cluster's are theirs.</summary>
internal static class ClusterGroups
{
    public static bool IsIn(BudgetGroup group) => group.Cluster.Length > 0 || group.Groups.Any(IsIn);

    /// <summary>The tree with the members of its clusters. A node that a group lists stays there; one whose cluster is not known, or is no group, is the root's. Pure.</summary>
    public static BudgetGroup Fill(BudgetGroup root, ImmutableSortedDictionary<NodeName, string> clusters)
    {
        var listed = Members(root).ToHashSet();
        return Fill(root, clusters.Where(node => !listed.Contains(node.Key)).ToLookup(node => node.Value, node => node.Key, StringComparer.Ordinal));
    }

    private static BudgetGroup Fill(BudgetGroup group, ILookup<string, NodeName> clusters) => group with
    {
        Members = group.Cluster.Length == 0 ? group.Members : [.. group.Members, .. clusters[group.Cluster]],
        Groups = [.. group.Groups.Select(child => Fill(child, clusters))],
    };

    private static IEnumerable<NodeName> Members(BudgetGroup group) => group.Members.Concat(group.Groups.SelectMany(Members));
}

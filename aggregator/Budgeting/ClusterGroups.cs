using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>Budget groups that are clusters: besides the nodes that they list, those that are found to be the cluster's are theirs.</summary>
internal static class ClusterGroups
{
    public static bool IsIn(BudgetGroup group) => group.Cluster.Length > 0 || group.Groups.Any(IsIn);

    /// <summary>The clusters that groups of the tree are.</summary>
    public static ImmutableSortedSet<string> NamesIn(BudgetGroup group) =>
        group.Groups.Aggregate(group.Cluster.Length == 0 ? [] : ImmutableSortedSet.Create(StringComparer.Ordinal, group.Cluster), static (names, child) => names.Union(NamesIn(child)));

    /// <summary>The tree with the members of its clusters. A node that a group lists stays there; one whose cluster is not known, or is no group, is the root's. Pure.</summary>
    /// <param name="seen">Clusters that were looked into since this aggregator started.</param>
    public static BudgetGroup Fill(BudgetGroup root, ImmutableSortedDictionary<NodeName, string> clusters, ImmutableSortedSet<string> seen)
    {
        var listed = Members(root).ToHashSet();
        return Fill(root, clusters.Where(node => !listed.Contains(node.Key)).ToLookup(node => node.Value, node => node.Key, StringComparer.Ordinal), seen);
    }

    /// <summary>Whether it has, or is, a cluster that was not looked into yet.</summary>
    public static bool IsUnseenIn(BudgetGroup group) => group.IsUnseen || group.Groups.Any(IsUnseenIn);

    private static BudgetGroup Fill(BudgetGroup group, ILookup<string, NodeName> clusters, ImmutableSortedSet<string> seen) => group with
    {
        IsUnseen = group.Cluster.Length > 0 && !seen.Contains(group.Cluster),
        Members = group.Cluster.Length == 0 ? group.Members : [.. group.Members, .. clusters[group.Cluster]],
        Groups = [.. group.Groups.Select(child => Fill(child, clusters, seen))],
    };

    private static IEnumerable<NodeName> Members(BudgetGroup group) => group.Members.Concat(group.Groups.SelectMany(Members));
}

using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>In which budget group a machine that several nodes are on is: where it draws does not depend on which of its nodes counts for it now.</summary>
internal static class HostGroups
{
    /// <summary>The tree with each counting node in the innermost group that lists a node of its machine. Pure.</summary>
    /// <param name="roll">As of <see cref="HostRoll.Of"/>.</param>
    /// <returns>With the machines whose nodes are listed in groups of which none is within the other, and those groups: one wall socket has to be
    /// chosen, and it is a hard group's, then the smaller one's.</returns>
    public static (BudgetGroup Root, ImmutableArray<(NodeName Counting, string Groups)> Contested) Place(BudgetGroup root, ImmutableSortedDictionary<NodeName, NodeName> roll)
    {
        if (roll.IsEmpty)
            return (root, []);
        // As in the tree: the first group that lists a node has it.
        var listed = new Dictionary<NodeName, ImmutableArray<BudgetGroup>>();
        Walk(root, [], listed);
        var homes = new Dictionary<NodeName, BudgetGroup>();
        var contested = ImmutableArray.CreateBuilder<(NodeName, string)>();
        foreach (var machine in roll.GroupBy(static each => each.Value, static each => each.Key))
        {
            var paths = machine.Where(listed.ContainsKey).Select(node => listed[node]).ToArray();
            // A group that one of the others is in holds for that one, too.
            var inner = paths.Select(static path => path[^1]).Distinct().Where(group => !paths.Any(path => path.AsSpan()[..^1].Contains(group))).ToArray();
            if (inner.Length > 1)
                contested.Add((machine.Key, string.Join(" and ", inner.Select(static group => group.Name).Order(StringComparer.Ordinal))));
            if (inner.Length > 0)
                homes[machine.Key] = inner.OrderByDescending(static group => group.Holds).ThenBy(static group => group.Limit).First();
        }
        return (homes.Count == 0 ? root : Move(root, homes), contested.ToImmutable());
    }

    private static void Walk(BudgetGroup group, ImmutableArray<BudgetGroup> above, Dictionary<NodeName, ImmutableArray<BudgetGroup>> listed)
    {
        var path = above.Add(group);
        foreach (var member in group.Members)
            listed.TryAdd(member, path);
        foreach (var child in group.Groups)
            Walk(child, path, listed);
    }

    private static BudgetGroup Move(BudgetGroup group, Dictionary<NodeName, BudgetGroup> homes) => group with
    {
        Members = [.. group.Members.Where(member => !homes.ContainsKey(member)), .. homes.Where(home => ReferenceEquals(home.Value, group)).Select(static home => home.Key).Order()],
        Groups = [.. group.Groups.Select(child => Move(child, homes))],
    };
}

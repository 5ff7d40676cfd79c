using System.Collections.Immutable;
using Homelab.Units;
using static Homelab.Aggregator.Budgeting.Tests.LoopFleet;

namespace Homelab.Aggregator.Budgeting.Tests;

public sealed class ClusterGroupsTests
{
    private static readonly BudgetGroup Root = new()
    {
        Name = "fleet",
        Limit = W(100),
        Groups =
        [
            new() { Name = "mac", Limit = W(40), Cluster = "kind-mac", Groups = [new() { Name = "strip", Limit = W(20), Members = [Node("c")] }] },
            new() { Name = "rack", Limit = W(60), Members = [Node("d")] },
        ],
    };

    [Fact]
    public void Fill_NodesOfTheCluster_AreMembersUnlessAGroupListsThem()
    {
        var places = new[] { "a", "b", "c", "d" }.ToImmutableSortedDictionary(Node, _ => "kind-mac").Add(Node("e"), "other");
        var tree = BudgetTree.Of(ClusterGroups.Fill(Root, places), [.. places.Keys, Node("f")]);

        Assert.Equal(["fleet: e f", "mac: a b", "strip: c", "rack: d"], tree.Groups.Select((group, i) =>
            $"{group.Name}: {string.Join(' ', tree.Nodes.Where((_, slot) => tree.GroupOf(slot) == i))}"));
    }

    [Fact]
    public void IsIn_TreeWithAndWithoutClusters_SaysSo()
    {
        Assert.True(ClusterGroups.IsIn(new BudgetGroup { Name = "fleet", Limit = W(1), Groups = [Root] }));
        Assert.False(ClusterGroups.IsIn(Root with { Groups = [] }));
    }

    /// <summary>A node that is found to be in a group that is full brings its watts along, and the group is cut in that very round.</summary>
    [Fact]
    public void Change_NodeMovesIntoAGroup_ItsWattsCountThereAtOnce()
    {
        ControlPolicy Policy(params string[] members) => PolicyOf(100, groups: new BudgetGroup { Name = "mac", Limit = W(40), IsHard = true, Members = [.. members.Select(Node)] });
        var fleet = new LoopFleet(Policy("a")).With("a", wants: 40).With("b", wants: 40);
        fleet.Run(20);
        var (a, b) = (fleet.State("a").Committed, fleet.State("b").Committed);
        Assert.Equal(a, fleet.Last.State.Groups[1].Committed);
        fleet.Change(Policy("a", "b"));
        fleet.Decide();

        Assert.True(fleet.Last.State.Groups[1].Measured > W(40));
        Assert.NotNull(fleet.Alarm("over-budget"));
        fleet.Run(3);
        Assert.InRange(fleet.Last.State.Groups[1].Committed.Watts, 0, 40);
        Assert.True(b > W(20));
    }

    private static NodeName Node(string name) => NodeName.Parse(name);
}

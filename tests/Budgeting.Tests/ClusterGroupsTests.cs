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
        var tree = BudgetTree.Of(ClusterGroups.Fill(Root, places, ["kind-mac"]), [.. places.Keys, Node("f")]);

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

    /// <summary>After a restart that finds the cluster's API down, nobody knows which nodes fill its group.</summary>
    [Fact]
    public void Fill_ClusterThatWasNotSeenYet_NothingIsRaisedThatMayBeOfItsGroup()
    {
        var mac = new BudgetGroup { Name = "mac", Limit = W(40), IsHard = true, Cluster = "kind-mac", Members = [Node("a")] };
        var rack = new BudgetGroup { Name = "rack", Limit = W(60), IsHard = true, Members = [Node("d")] };
        var tree = PolicyOf(200, groups: [mac, rack]).Budget;
        var places = ImmutableSortedDictionary<NodeName, string>.Empty.Add(Node("b"), "kind-mac");
        ControlPolicy Policy(bool isSeen) => PolicyOf(200) with { Budget = ClusterGroups.Fill(tree, isSeen ? places : places.Clear(), isSeen ? ["kind-mac"] : []) };
        var first = new LoopFleet(Policy(true)).With("a", wants: 50).With("b", wants: 50).With("d", wants: 5);
        first.Run(20);
        var after = new LoopFleet(Policy(false), first.Last.Memory);
        foreach (var name in new[] { "a", "b", "d" })
        {
            after.With(name, wants: 50);
            after[name].Take(first.Grants.Last(grant => grant.Node == Node(name)));
            after.Connect(name);
        }
        after.Run(90);

        Assert.InRange((after["a"].Cap!.Value + after["b"].Cap!.Value).Watts, 20, 40);
        Assert.InRange((after.State("a").SafeShare!.Value + after.State("b").SafeShare!.Value).Watts, 20, 40);
        Assert.True(after["d"].Cap > W(45));
        Assert.NotNull(after.Alarm("unseen-cluster"));
        after["a"].Wants = W(1);
        after.Change(Policy(true));
        after.Run(20);
        Assert.True(after["b"].Cap > W(25));
        Assert.Null(after.Alarm("unseen-cluster"));
    }

    private static NodeName Node(string name) => NodeName.Parse(name);
}

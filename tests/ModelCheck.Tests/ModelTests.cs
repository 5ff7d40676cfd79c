using Homelab.Aggregator.Budgeting;
using Homelab.Units;
using Xunit.Abstractions;

namespace Homelab.ModelCheck;

/// <summary>The model itself: a check that can not fail proves nothing.</summary>
public sealed class ModelTests(ITestOutputHelper output)
{
    private static readonly NodeShape[] Two = [Node(1), Node(2)];

    [Fact]
    public void Of_AWorld_GoesItsOwnWay()
    {
        var world = new World(Shape());
        var copy = DeepCopy.Of(world);
        Assert.Equal(world.Fingerprint().Value, copy.Fingerprint().Value);
        var before = world.Fingerprint().Value;
        copy.Demand(0, true);
        copy.Run(TimeSpan.FromSeconds(3));
        Assert.Equal(before, world.Fingerprint().Value);
        world.Demand(0, true);
        world.Run(TimeSpan.FromSeconds(3));
        Assert.Equal(copy.Fingerprint().Value, world.Fingerprint().Value);
    }

    [Fact]
    public void Run_WithAllWell_HoldsEveryNodeAndUsesTheBudget()
    {
        var world = new World(Shape());
        for (var node = 0; node < 2; node++)
            world.Demand(node, true);
        world.Run(TimeSpan.FromSeconds(20));
        Assert.Null(world.Violation);
        Assert.All(world.Agents, agent => Assert.NotNull(agent.Hardware));
        Assert.True(world.Reach > Power.FromWatts(36), $"only {world.Reach} of 40 W are granted");
    }

    [Fact]
    public void Explore_OfAWorldWithAFlaw_FindsIt()
    {
        // Hardware that forgets its cap, as firmware does on resume: nothing in the protocol can hold that.
        Move[] flaw = [new("report", world => world.Report(0)), new("forget", world => world.Agents[0].Hardware = null)];
        var search = Explorer.Explore(() => new World(Shape()), _ => flaw, 3);
        Assert.Contains("forget", search.Violation, StringComparison.Ordinal);
    }

    [Fact]
    public void Explore_WithLeasesCountedFromReceipt_FindsTheHole()
    {
        var search = Find(ModelFlaw.CountsFromReceipt);
        Assert.Contains("grant", search.Violation, StringComparison.Ordinal);
    }

    [Fact]
    public void Explore_WithOldGrantsTaken_FindsTheHole()
    {
        var search = Find(ModelFlaw.TakesOldGrants, 6);
        Assert.Contains("grant", search.Violation, StringComparison.Ordinal);
    }

    [Fact]
    public void Explore_OfTheProtocolAsItIs_FindsNoneInTheSamePlace()
    {
        var search = Find(ModelFlaw.None);
        output.WriteLine(search.Violation ?? "none");
        Assert.Null(search.Violation);
    }

    /// <summary>One node's grant is held up while the other's demand takes the watts over.</summary>
    private static Search Find(ModelFlaw flaw, int depth = 5)
    {
        Move[] moves =
        [
            new("demand 0 high", world => world.Demand(0, true)),
            new("grants for 0 held up", world =>
            {
                world.Report(0);
                world.Report(1);
                world.Decide(0);
            }),
            new("node 0 quiet, node 1 busy", world =>
            {
                world.Demand(0, false);
                world.Demand(1, true);
            }),
            new("newest grant for 0", world => world.Deliver(0, world.Agents[0].Inbox.Count - 1, false)),
            new("oldest grant for 0", world => world.Deliver(0, 0, false)),
            new("node 0 cut off for 90 s", world =>
            {
                world.Cut(0);
                world.Run(TimeSpan.FromSeconds(90));
                world.Mend(0);
            }),
            new("the rest works for 9 s", world =>
            {
                world.Hold(0, true);
                world.Run(TimeSpan.FromSeconds(9));
                world.Hold(0, false);
            }),
        ];
        return Explorer.Explore(() => new World(Shape() with { Flaw = flaw }), _ => moves, depth);
    }

    private static NodeShape Node(int number) => new($"node{number}", Power.FromWatts(5), Power.FromWatts(8), Power.FromWatts(40));

    private static WorldShape Shape() => new(Two, 1, new ControlPolicy
    {
        Budget = new BudgetGroup { Name = "fleet", Limit = Power.FromWatts(40), IsHard = true },
        Mode = ControlMode.Cap,
    }, TimeSpan.FromSeconds(120));
}

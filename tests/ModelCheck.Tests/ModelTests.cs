using Homelab.Aggregator.Budgeting;
using Homelab.Units;

namespace Homelab.ModelCheck;

/// <summary>The model itself: a check that can not fail proves nothing.</summary>
public sealed class ModelTests
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

    private static NodeShape Node(int number) => new($"node{number}", Power.FromWatts(5), Power.FromWatts(8), Power.FromWatts(40));

    private static WorldShape Shape() => new(Two, 1, new ControlPolicy
    {
        Budget = new BudgetGroup { Name = "fleet", Limit = Power.FromWatts(40), IsHard = true },
        Mode = ControlMode.Cap,
    }, TimeSpan.FromSeconds(80));
}

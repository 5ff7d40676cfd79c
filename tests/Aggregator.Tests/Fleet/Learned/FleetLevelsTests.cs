using Homelab.Aggregator.Fleet.Learned;
using Homelab.Aggregator.Tests.Fakes;

namespace Homelab.Aggregator.Tests.Fleet.Learned;

public sealed class FleetLevelsTests
{
    [Fact]
    public void Item_MoreNodesThanAreKept_ForgetsTheOneNotSeenLongest()
    {
        var levels = new FleetLevels();
        for (var i = 0; i <= FleetLevels.MostNodes; i++)
            levels[Sample.Node($"n{i}")]["power"].Observe(i == 7 ? 1 : 100 + i, 5, TimeSpan.FromHours(1));

        Assert.Empty(levels[Sample.Node("n7")].Kinds);
        Assert.NotEmpty(levels[Sample.Node($"n{FleetLevels.MostNodes}")].Kinds);
    }

    [Fact]
    public void Write_ThirtyDaysOfABusyNode_StaysSmall()
    {
        var levels = new FleetLevels();
        for (var day = 0; day < 60; day++)
        {
            for (var watts = 5; watts < 120; watts++)
                levels[Sample.Node()]["power"].Observe(day, watts, TimeSpan.FromMinutes(10));
        }

        Assert.InRange(levels.Write().Length, 1_000, 30_000);
    }

    [Fact]
    public void Of_MoreKindsThanAreKept_ForgetsTheOneUsedLeast()
    {
        var levels = new NodeLevels();
        for (var i = 0; i < NodeLevels.MostKinds; i++)
            levels[$"k{i}"].Observe(1, 5, TimeSpan.FromHours(1));
        Assert.NotNull(levels["k0"].Quantile(0.5));

        _ = levels["new"];

        Assert.Equal(["new", "k0", "k5", "k4", "k3", "k2"], levels.Kinds.Select(static kind => kind.Kind));
        Assert.Null(NodeLevels.Of([("a", new LevelDays()), ("a", new LevelDays())]));
    }
}

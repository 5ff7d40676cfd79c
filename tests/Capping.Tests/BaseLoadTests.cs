using Homelab.Units;

namespace Homelab.NodeAgent.Capping;

public sealed class BaseLoadTests
{
    [Fact]
    public void Upper_BeforeItIsLearned_IsThePrior()
    {
        var load = new BaseLoad(W(8));
        load.Learn(W(30), W(28));
        Assert.Equal(W(8), load.Upper);
        Assert.False(load.IsLearned);
    }

    [Fact]
    public void Upper_SteadyBase_IsTheDifference()
    {
        var load = new BaseLoad(W(8));
        for (var i = 0; i < 50; i++)
            load.Learn(W(30), W(27));
        Assert.Equal(3, load.Upper.Watts, 2);
    }

    [Fact]
    public void Upper_BaseThatMoves_CoversItsTops()
    {
        var load = new BaseLoad(W(8));
        for (var i = 0; i < 200; i++)
            load.Learn(W(30), W(i % 2 == 0 ? 27 : 25));
        Assert.InRange(load.Upper.Watts, 5, 8);
    }

    [Fact]
    public void Upper_DevicesAboveTheNode_IsNeverNegative()
    {
        var load = new BaseLoad(W(8));
        for (var i = 0; i < 10; i++)
            load.Learn(W(20), W(27));
        Assert.Equal(Power.Zero, load.Upper);
    }

    private static Power W(double watts) => Power.FromWatts(watts);
}

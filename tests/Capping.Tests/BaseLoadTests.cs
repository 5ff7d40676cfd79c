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
            load.Learn(W(i % 2 == 0 ? 30 : 32), W(27));
        Assert.InRange(load.Upper.Watts, 5, 8);
    }

    [Fact]
    public void Upper_MeterAheadOfItsCounters_IsStillTheBase()
    {
        // A limit that is moved each other sample: the meter says the new draw, the counter's mean is half old, half new.
        var load = new BaseLoad(W(8));
        var before = 60.0;
        for (var i = 0; i < 200; i++)
        {
            var package = i % 4 < 2 ? 60 : 40;
            load.Learn(W(15 + package), W((before + package) / 2));
            before = package;
        }
        Assert.InRange(load.Upper.Watts, 14, 17);
    }

    [Fact]
    public void Upper_FirstSeenWhileALimitMoved_IsRightOnceItStands()
    {
        var load = new BaseLoad(W(8));
        load.Learn(W(105), W(60));
        load.Learn(W(70), W(62));
        for (var i = 0; i < 4; i++)
            load.Learn(W(70), W(55));
        Assert.InRange(load.Upper.Watts, 14.5, 16);
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

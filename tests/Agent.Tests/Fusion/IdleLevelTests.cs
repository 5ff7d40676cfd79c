using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Fusion;

public class IdleLevelTests
{
    private readonly IdleLevel _level = new(Power.FromWatts(8));

    [Fact]
    public void Observe_AFirstFigureUnderLoad_IsNotTakenForRest()
    {
        Observe(40, use: 1);

        Assert.Equal(Power.FromWatts(8), _level.Level);
    }

    [Fact]
    public void Observe_RestAboveThePrior_IsLearnedSlowlyAndLoadTeachesNothing()
    {
        for (var i = 0; i < 300; i++)
            Observe(12, use: 0.02);
        for (var i = 0; i < 300; i++)
            Observe(40, use: 0.9);

        Assert.Equal(12, _level.Level!.Value.Watts, 0.1);
    }

    [Fact]
    public void Observe_LowerFigures_AreFollowedAtAnyUse()
    {
        for (var i = 0; i < 60; i++)
            Observe(3, use: null);

        Assert.Equal(3, _level.Level!.Value.Watts, 0.1);
    }

    [Fact]
    public void Observe_AnotherSource_StartsAfresh()
    {
        Observe(3, use: 0);
        Observe(20, use: 1, source: "hwmon:power_meter");

        Assert.Equal(Power.FromWatts(8), _level.Level);
    }

    private void Observe(double watts, double? use, string source = "rapl-package") =>
        _level.Observe(new NodePower(Power.FromWatts(watts), Provenance.Measured, source, PowerScope.Package, 0.4), use);
}

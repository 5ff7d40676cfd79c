using Homelab.Units;

namespace Homelab.NodeAgent.Capping;

public sealed class EffectWatchTests
{
    private static readonly TimeSpan Settle = S(1);

    [Fact]
    public void Look_DrawAtTheLimit_IsEffective() =>
        Assert.Equal(EffectVerdict.Effective, new EffectWatch(Settle).Look(W(20), W(20), S(0)));

    [Fact]
    public void Look_NobodyNeedsMore_ConfirmsTheFirstUse() =>
        Assert.Equal(EffectVerdict.Effective, new EffectWatch(Settle).Look(W(20), W(6), S(0)));

    [Fact]
    public void Look_NothingMeasures_StaysOnTrial()
    {
        var watch = new EffectWatch(Settle);
        for (var i = 0; i < 600; i++)
            Assert.Equal(EffectVerdict.Unproven, watch.Look(W(20), null, S(i)));
    }

    [Fact]
    public void Look_FirstUseWithoutEffect_IsOutAfterTheTrial()
    {
        var watch = new EffectWatch(Settle);
        Assert.Equal(6, OutAt(watch, W(20), W(45), from: 0));
    }

    [Fact]
    public void Look_FirstUseThatTakesThreeSeconds_IsConfirmed()
    {
        var watch = new EffectWatch(Settle);
        for (var i = 0; i < 6; i++)
            watch.Look(W(20), W(45), S(i / 2.0));
        Assert.Equal(EffectVerdict.Effective, watch.Look(W(20), W(20.4), S(3)));
    }

    [Fact]
    public void Look_LimitThatIsDropped_IsOutTwoSecondsAfterItShouldHaveSettled()
    {
        // amdgpu forgets a limit below the present draw; firmware takes one back without a trace in the files.
        var watch = new EffectWatch(Settle);
        watch.Look(W(200), W(180), S(0));
        Assert.InRange(OutAt(watch, W(100), W(180), from: 10), 13, 13.5);
    }

    [Fact]
    public void Look_BurstShorterThanThePatience_IsLetPass()
    {
        var watch = new EffectWatch(Settle);
        watch.Look(W(20), W(18), S(0));
        watch.Look(W(20), W(25), S(10));
        watch.Look(W(20), W(25), S(11.5));
        Assert.Equal(EffectVerdict.Effective, watch.Look(W(20), W(19), S(11.9)));
        Assert.Equal(EffectVerdict.Effective, watch.Look(W(20), W(25), S(13)));
    }

    [Fact]
    public void Look_WithinTheTolerance_IsEffective() =>
        Assert.Equal(EffectVerdict.Effective, new EffectWatch(Settle).Look(W(4), W(4.49), S(0)));

    [Fact]
    public void Look_FiveMinutesAfterItFailed_TriesAgain()
    {
        var watch = new EffectWatch(Settle);
        var at = OutAt(watch, W(20), W(45), from: 0);
        Assert.Equal(EffectVerdict.Ineffective, watch.Look(W(20), W(10), S(at + 299)));
        Assert.Equal(EffectVerdict.Effective, watch.Look(W(20), W(19), S(at + 300)));
    }

    [Fact]
    public void Look_NothingAsked_JudgesNothing()
    {
        var watch = new EffectWatch(Settle);
        for (var i = 0; i < 60; i++)
            Assert.Equal(EffectVerdict.Unproven, watch.Look(null, W(500), S(i)));
    }

    private static double OutAt(EffectWatch watch, Power limit, Power draw, double from)
    {
        for (var tick = 0; tick < 100; tick++)
        {
            if (watch.Look(limit, draw, S(from + (tick / 10.0))) == EffectVerdict.Ineffective)
                return from + (tick / 10.0);
        }
        return double.NaN;
    }

    private static Power W(double watts) => Power.FromWatts(watts);

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);
}

namespace Homelab.NodeAgent.Capping;

public sealed class DriftWatchTests
{
    [Fact]
    public void Look_LimitThatHolds_IsHeld() => Assert.Equal(DriftVerdict.Held, new DriftWatch().Look(true, S(0)));

    [Fact]
    public void Look_FirstLoss_IsReassertedAtOnce() => Assert.Equal(DriftVerdict.Reassert, new DriftWatch().Look(false, S(0)));

    [Fact]
    public void Look_AnotherWriterEachTenthOfASecond_IsAnsweredAtMostOnceInFiveSeconds()
    {
        var watch = new DriftWatch();
        var asserted = new List<double>();
        for (var tick = 0; tick < 140; tick++)
        {
            if (watch.Look(false, S(tick / 10.0)) == DriftVerdict.Reassert)
                asserted.Add(tick / 10.0);
        }
        Assert.Equal([0, 5, 10], asserted);
    }

    [Fact]
    public void Look_FiveLossesInAMinute_IsUncontrolled()
    {
        var watch = new DriftWatch();
        var at = Fight(watch, every: 6, losses: 5);
        Assert.True(watch.IsUncontrolled);
        Assert.Equal(DriftVerdict.Uncontrolled, watch.Look(true, at + S(1)));
        Assert.Equal(5, watch.Losses);
    }

    [Fact]
    public void Look_FirmwareThatResetsEachTwentySeconds_StaysControlled()
    {
        var watch = new DriftWatch();
        Fight(watch, every: 20, losses: 30);
        Assert.False(watch.IsUncontrolled);
    }

    [Fact]
    public void Look_UncontrolledThenQuietForAMinute_IsHeldAgain()
    {
        var watch = new DriftWatch();
        var at = Fight(watch, every: 6, losses: 5);
        Assert.Equal(DriftVerdict.Uncontrolled, watch.Look(true, at + S(59)));
        Assert.Equal(DriftVerdict.Held, watch.Look(true, at + S(60)));
    }

    [Fact]
    public void Look_Uncontrolled_IsWrittenAgainEachHalfMinuteOnly()
    {
        var watch = new DriftWatch();
        var at = Fight(watch, every: 6, losses: 5);
        var asserted = 0;
        for (var tick = 1; tick <= 600; tick++)
            asserted += watch.Look(false, at + S(tick / 10.0)) == DriftVerdict.Reassert ? 1 : 0;
        Assert.Equal(2, asserted);
    }

    /// <summary>Holds in between; returns the time of the last loss.</summary>
    private static TimeSpan Fight(DriftWatch watch, double every, int losses)
    {
        for (var i = 0; i < losses; i++)
        {
            Assert.Equal(DriftVerdict.Held, watch.Look(true, S((i * every) - 0.1)));
            Assert.NotEqual(DriftVerdict.Held, watch.Look(false, S(i * every)));
        }
        return S((losses - 1) * every);
    }

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);
}

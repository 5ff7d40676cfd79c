namespace Homelab.Aggregator.Labels.Tests;

public sealed class LatchTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Observe_BreakInTheLevel_StartsTheDwellAgain()
    {
        var latch = new Latch(3 * Second, 5 * Second);
        foreach (var (at, above) in new[] { (0, true), (2, true), (3, false), (4, true), (6, true) })
            latch.Observe(above, !above, at * Second);
        Assert.False(latch.IsOn);
        latch.Observe(true, false, 7 * Second);
        Assert.True(latch.IsOn);
        Assert.Equal(7 * Second, latch.OnSince);
    }

    [Fact]
    public void Pause_WhileLeaving_StartsTheDwellAgain()
    {
        var latch = new Latch(Second, 3 * Second);
        latch.Set(true, Second);
        latch.Observe(false, true, Second);
        latch.Pause();
        latch.Observe(false, true, 5 * Second);
        Assert.True(latch.IsOn);
        latch.Observe(false, true, 8 * Second);
        Assert.False(latch.IsOn);
    }

    [Fact]
    public void Observe_WordThatComesAndGoes_NeverSettles()
    {
        var word = new SettledWord(3 * Second, 5 * Second);
        word.Observe("a", TimeSpan.Zero);
        Assert.Equal("a", word.Value);
        for (var i = 0; i < 20; i++)
            word.Observe(i % 3 == 0 ? "a" : i % 3 == 1 ? "b" : null, i * Second);
        Assert.Equal("a", word.Value);
        for (var i = 20; i < 24; i++)
            word.Observe("b", i * Second);
        Assert.Equal("b", word.Value);
        for (var i = 24; i < 30; i++)
            word.Observe(null, i * Second);
        Assert.Null(word.Value);
    }

    [Fact]
    public void Observe_ThirdBeginningInTheWindow_IsABurst()
    {
        var bursts = new BurstCount(3, 60 * Second);
        Assert.False(bursts.Observe(true, 0 * Second));
        Assert.False(bursts.Observe(true, 1 * Second));
        bursts.Observe(false, 2 * Second);
        Assert.False(bursts.Observe(true, 50 * Second));
        bursts.Observe(false, 51 * Second);
        Assert.False(bursts.Observe(true, 61 * Second));
        bursts.Observe(false, 62 * Second);
        Assert.True(bursts.Observe(true, 70 * Second));
    }
}

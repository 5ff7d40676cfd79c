using static Homelab.Aggregator.Budgeting.Tests.LoopFleet;

namespace Homelab.Aggregator.Budgeting.Tests;

public sealed class FutilityWatchTests
{
    [Theory]
    [InlineData(0.1, true)]
    [InlineData(0.3, false)]
    public void Observe_ThreeCutsOfLittleEffect_AreFutile(double effect, bool futile)
    {
        var watch = new FutilityWatch();
        var (now, drawn) = (TimeSpan.Zero, W(200));
        for (var cut = 0; cut < 3; cut++)
        {
            watch.Cut(drawn, W(10), now);
            drawn -= W(10 * effect);
            now += TimeSpan.FromSeconds(2);
            watch.Observe(drawn, now);
        }
        Assert.Equal(futile, watch.IsFutile(now));
        Assert.False(watch.IsFutile(now + TimeSpan.FromSeconds(61)));
    }

    [Fact]
    public void Observe_OneCutThatWorks_StartsTheCountAnew()
    {
        var watch = new FutilityWatch();
        var (now, drawn) = (TimeSpan.Zero, W(200));
        foreach (var effect in (double[])[0, 0, 1, 0, 0])
        {
            watch.Cut(drawn, W(10), now);
            drawn -= W(10 * effect);
            now += TimeSpan.FromSeconds(2);
            watch.Observe(drawn, now);
        }
        Assert.False(watch.IsFutile(now));
    }
}

using Homelab.Aggregator.Fleet;

namespace Homelab.Aggregator.Tests.Fleet;

public sealed class IngestDelayTests
{
    [Fact]
    public void Observe_SteadyLink_IsZeroWhateverTheOffset()
    {
        var delay = new IngestDelay();

        Assert.All(Enumerable.Range(0, 100), second => Assert.Equal(TimeSpan.Zero, delay.Observe(Seconds(second + 5000), Seconds(second))));
    }

    [Fact]
    public void Observe_LateReport_IsItsLateness()
    {
        var delay = new IngestDelay();
        delay.Observe(Seconds(100), Seconds(0));

        Assert.Equal(Seconds(0.25), delay.Observe(Seconds(101.25), Seconds(1)));
    }

    [Fact]
    public void Observe_LinkTurnsSlowerForGood_IsForgivenAfterTwoWindows()
    {
        var delay = new IngestDelay();
        delay.Observe(Seconds(100), Seconds(0));
        for (var second = 1; second < 180; second++)
            delay.Observe(Seconds(100.5 + second), Seconds(second));

        Assert.Equal(TimeSpan.Zero, delay.Observe(Seconds(300.5), Seconds(200)));
    }

    [Fact]
    public void Add_Delays_CountsThemInTheirBuckets()
    {
        var histogram = DelayHistogram.Empty.Add(TimeSpan.Zero).Add(Seconds(0.001)).Add(Seconds(0.2)).Add(Seconds(60));

        Assert.Equal<long>([2, 0, 0, 0, 0, 1, 0, 0, 1], histogram.Counts);
        Assert.Equal(Seconds(60.201), histogram.Sum);
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}

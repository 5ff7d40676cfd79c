using Homelab.Units;

namespace Homelab.Aggregator.Labels.Tests;

public sealed class HeadroomBucketsTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(0.0, 60.0, "none")]
    [InlineData(2.9, 60.0, "none")]
    [InlineData(3.1, 60.0, "low")]
    [InlineData(15.1, 60.0, "high")]
    [InlineData(0.6, 7.0, "none")]
    [InlineData(0.8, 7.0, "low")]
    [InlineData(1.8, 7.0, "high")]
    [InlineData(2.9, null, "none")]
    [InlineData(11.9, null, "low")]
    [InlineData(12.1, null, "high")]
    public void Observe_First_IsPlacedAtOnce(double watts, double? ceiling, string word)
    {
        var buckets = new HeadroomBuckets(Minute);
        Assert.Null(buckets.Word);
        buckets.Observe(Power.FromWatts(watts), ceiling is { } most ? Power.FromWatts(most) : null, TimeSpan.Zero);
        Assert.Equal(word, buckets.Word);
    }

    [Fact]
    public void Pause_BeforeTheMinuteIsOver_StartsItAgain()
    {
        var buckets = new HeadroomBuckets(Minute);
        buckets.Adopt("high", TimeSpan.Zero);
        buckets.Observe(Power.Zero, null, TimeSpan.Zero);
        buckets.Pause();
        buckets.Observe(Power.Zero, null, Minute);
        Assert.Equal("high", buckets.Word);
        buckets.Observe(Power.Zero, null, 2 * Minute);
        Assert.Equal("none", buckets.Word);
    }

    [Fact]
    public void Adopt_WordThatIsNone_IsNotTaken()
    {
        var buckets = new HeadroomBuckets(Minute);
        buckets.Adopt("lots", TimeSpan.Zero);
        Assert.Null(buckets.Word);
    }
}

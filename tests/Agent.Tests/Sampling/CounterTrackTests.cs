using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Sampling;

public class CounterTrackTests
{
    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    [Fact]
    public void Take_FirstReading_CountsNothing()
    {
        var track = new CounterTrack(Some.Zone("package-0", "intel-rapl:0"));

        track.Take(123_456_789, At(0));

        Assert.Equal(0, track.Total);
        Assert.Null(track.Interval);
    }

    [Fact]
    public void Take_OverAWrap_TotalKeepsGrowing()
    {
        var track = new CounterTrack(Some.Zone("package-0", "intel-rapl:0", wrap: 1_000_000_000));
        track.Take(990_000_000, At(0));

        track.Take(20_000_000, At(1));

        Assert.Equal(30_000_000, track.Total);
        Assert.Equal(Power.FromWatts(30), track.Interval!.Value.Mean);
    }

    [Theory]
    [InlineData(65, 3 * 3600)] // 702 kJ: two ranges and a part, which by itself would be 16 W
    [InlineData(20, 3 * 3600)]
    [InlineData(150, 1800)]
    public void Take_SilenceOfMoreThanARange_IsNotTakenForThePartOfOne(double watts, double seconds)
    {
        const long Range = 262_143_328_850;
        var track = new CounterTrack(Some.Zone("package-0", "intel-rapl:0", Range));
        var gained = (long)(watts * 1e6);
        track.Take(0, At(0));
        track.Take(gained, At(1));

        var happened = track.Take((long)((gained * (1 + seconds)) % Range), At(1 + seconds));

        Assert.Equal((CounterEvent.Reset, gained), (happened, track.Total));
        Assert.Null(track.Interval);
    }

    [Fact]
    public void Take_Reset_DropsTheIntervalAndGoesOnFromTheNewBase()
    {
        var track = new CounterTrack(Some.Zone("package-0", "intel-rapl:0"));
        track.Take(200_000_000_000, At(0));
        track.Take(1_000_000, At(1));
        Assert.Null(track.Interval);

        track.Take(11_000_000, At(2));

        Assert.Equal(10_000_000, track.Total);
        Assert.Equal(Power.FromWatts(10), track.Interval!.Value.Mean);
    }

    [Fact]
    public void Take_TwiceInOneInstant_KeepsTheOlderBase()
    {
        var track = new CounterTrack(Some.Zone("package-0", "intel-rapl:0"));
        track.Take(0, At(0));
        track.Take(5_000_000, At(0));

        track.Take(10_000_000, At(1));

        Assert.Equal(10_000_000, track.Total);
    }

    [Fact]
    public void Take_DurationCounter_HasNoPowerBound()
    {
        var track = new CounterTrack(Some.Info("cpu", "cpu", "busy", Quantity.Duration, SensorShape.Counter));
        track.Take(0, At(0));

        track.Take(long.MaxValue / 2, At(1));

        Assert.Equal(long.MaxValue / 2, track.Total);
    }

    [Theory]
    [InlineData(0, 100)]
    [InlineData(10, 100)]
    [InlineData(15, 50)]
    [InlineData(20, 0)]
    [InlineData(25, 0)]
    public void MicrosAfter_AMoment_IsItsEvenShare(double moment, long expected)
    {
        var interval = new CounterInterval(At(10), At(20), 100);

        Assert.Equal(expected, interval.MicrosAfter(At(moment)));
    }

    // Wraps come each 44 min, 11 min, 4.4 min and 4.4 min here; the longest interval that can be configured is a minute.
    [Theory]
    [InlineData(262_143_328_850, 100)]
    [InlineData(65_532_610_987, 100)]
    [InlineData(65_532_610_987, 250)]
    [InlineData(65_712_999_613, 250)]
    public void Take_HourOfTheLongestInterval_CountsEveryWrapOfEachKnownRange(long range, int watts)
    {
        var track = new CounterTrack(Some.Zone("package-0", "intel-rapl:0") with { WrapMicros = range });
        var counter = range / 2;
        for (var minute = 0; minute <= 60; minute++)
        {
            track.Take(counter, At(minute * 60));
            counter = (counter + (watts * 60_000_000L)) % range;
        }

        Assert.Equal(watts * 3_600_000_000L, track.Total);
        Assert.True(range / (watts * 1_000_000L) / 2 > 60, "an interval is shorter than half of a wrap");
    }
}

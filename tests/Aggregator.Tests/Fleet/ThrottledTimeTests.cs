using System.Collections.Immutable;
using Homelab.Aggregator.Fleet;

namespace Homelab.Aggregator.Tests.Fleet;

public sealed class ThrottledTimeTests
{
    private readonly ThrottledTime _time = new();

    [Fact]
    public void Observe_FlagOnThenOff_CountsUntilTheReportThatSaysOff()
    {
        Observe(10, true);
        Observe(11, true);
        Observe(12.5, false);
        Observe(14, false);

        Assert.Equal(2.5, Seconds);
    }

    [Fact]
    public void Observe_NeverHeldBack_IsZeroAndThere()
    {
        Observe(1, false);

        Assert.Equal(0, Seconds);
    }

    [Fact]
    public void Observe_NoSensorTells_IsAbsent()
    {
        _time.Observe(TimeSpan.FromSeconds(1), ImmutableSortedDictionary<ThrottleReason, bool>.Empty, TimeSpan.FromSeconds(2));

        Assert.Empty(_time.Total);
    }

    [Fact]
    public void Observe_LongSilence_CountsAsTheLongestGap()
    {
        Observe(1, true);
        Observe(3600, true);

        Assert.Equal(2, Seconds);
    }

    [Fact]
    public void Observe_ClockRunsBackwards_CountsNothing()
    {
        Observe(50, true);
        Observe(1, true);
        Observe(2, true);

        Assert.Equal(1, Seconds);
    }

    [Fact]
    public void Restart_HeldBackBefore_CountsFromTheNextReport()
    {
        Observe(1, true);
        _time.Restart();
        Observe(2, true);
        Observe(3, true);

        Assert.Equal(1, Seconds);
    }

    private double Seconds => _time.Total[ThrottleReason.Thermal].TotalSeconds;

    private void Observe(double agentSeconds, bool holds) => _time.Observe(
        TimeSpan.FromSeconds(agentSeconds), ImmutableSortedDictionary<ThrottleReason, bool>.Empty.Add(ThrottleReason.Thermal, holds), TimeSpan.FromSeconds(2));
}

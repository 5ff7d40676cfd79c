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
    public void Take_AgentsCounterOfAReportThatWasLost_LosesNothing()
    {
        _time.Reborn(isFirst: true);
        Told(100);

        Told(107.5);

        // The first figure that is heard may lie before our own start.
        Assert.Equal(7.5, Seconds);
    }

    [Fact]
    public void Take_AnotherAgentProcess_CountsFromItsZero()
    {
        _time.Reborn(isFirst: true);
        Told(100);
        _time.Reborn(isFirst: false);

        Told(3);

        Assert.Equal(3, Seconds);
    }

    [Fact]
    public void Take_ACounterThatFalls_AddsNothing()
    {
        _time.Reborn(isFirst: true);
        Told(10);
        Told(4);
        Told(10);

        Assert.Equal(0, Seconds);
    }

    [Fact]
    public void Take_HostileCounters_NeverOverflow()
    {
        for (var i = 0; i < 8; i++)
        {
            _time.Reborn(isFirst: false);
            _time.Take([new ReportedThrottle(ThrottleReason.Thermal, true, null, new TimeSpan(long.MaxValue / 4))]);
        }

        Assert.InRange(_time.Total[ThrottleReason.Thermal].TotalDays, 1, 36_500);
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

    private void Told(double seconds) => _time.Take([new ReportedThrottle(ThrottleReason.Thermal, false, null, TimeSpan.FromSeconds(seconds))]);

    private void Observe(double agentSeconds, bool holds) => _time.Observe(
        TimeSpan.FromSeconds(agentSeconds), ImmutableSortedDictionary<ThrottleReason, bool>.Empty.Add(ThrottleReason.Thermal, holds), TimeSpan.FromSeconds(2));
}

using Homelab.NodeAgent.Enforcement;
using Homelab.NodeAgent.Sampling;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Tests.Enforcement;

public sealed class LeaseClockTests
{
    private readonly ManualClock _time = new();
    private TimeSpan? _slept = TimeSpan.Zero;

    [Fact]
    public void Now_Awake_IsTheMonotonicClock()
    {
        var clock = New();
        _time.Advance(S(5));
        Assert.Equal((S(5), S(3)), (clock.Now, clock.Of(S(3))));
    }

    [Fact]
    public void Now_AfterASleep_CountsIt()
    {
        var clock = New();
        _time.Advance(S(5));
        Assert.Equal(S(5), clock.Now);
        _slept = S(100);
        _time.Advance(S(1));
        Assert.Equal(S(106), clock.Now);
    }

    [Fact]
    public void Of_AMomentBeforeTheSleep_IsAsOldAsItIs()
    {
        var clock = New();
        _time.Advance(S(5));
        _slept = S(100);
        _time.Advance(S(1));
        _ = clock.Now;
        Assert.Equal((S(5), S(106)), (clock.Of(S(5)), clock.Of(S(6))));
    }

    [Fact]
    public void Now_WithoutABootClock_GoesOn()
    {
        _slept = null;
        var clock = New();
        _time.Advance(S(5));
        Assert.Equal(S(5), clock.Now);
    }

    [Fact]
    public void BootClock_OnThisMachine_GoesForward()
    {
        var first = BootClockInterop.Now();
        Assert.True(first > TimeSpan.Zero);
        Assert.True(BootClockInterop.Now() >= first);
    }

    private LeaseClock New() => new(new MonotonicClock(_time), () => _slept is { } slept ? S(1000) + _time.Elapsed() + slept : null);

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);
}

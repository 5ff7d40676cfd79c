using Homelab.NodeAgent.Sampling;

namespace Homelab.NodeAgent.Enforcement;

/// <summary>The clock of leases: the agent's monotonic clock plus the time that the machine slept. A lease ends in its sleep, too.</summary>
/// <remarks>Reports carry the monotonic clock; <see cref="Of"/> brings a moment of it over. Not safe for concurrent use.</remarks>
internal sealed class LeaseClock
{
    /// <summary>Two clocks are not read at the same instant.</summary>
    private static readonly TimeSpan Noise = TimeSpan.FromMilliseconds(20);

    private readonly MonotonicClock _clock;
    private readonly Func<TimeSpan?> _boot;
    private readonly TimeSpan? _origin;
    private TimeSpan _slept;
    private TimeSpan _sleptBefore;
    private TimeSpan _wokeAt;

    /// <param name="boot">Time since boot, sleep included; null where there is no such clock: then sleep goes unnoticed.</param>
    public LeaseClock(MonotonicClock clock, Func<TimeSpan?> boot)
    {
        (_clock, _boot) = (clock, boot);
        _origin = boot() - clock.Now;
    }

    public TimeSpan Now
    {
        get
        {
            var monotonic = _clock.Now;
            if (_origin is { } origin && _boot() is { } boot && boot - origin - monotonic is var slept && slept > _slept + Noise)
                (_sleptBefore, _slept, _wokeAt) = (_slept, slept, monotonic);
            return monotonic + _slept;
        }
    }

    /// <summary>A moment of the monotonic clock. A sleep is taken to have ended when it was noticed, so that a moment is never younger than it was.</summary>
    public TimeSpan Of(TimeSpan monotonic) => monotonic + (monotonic < _wokeAt ? _sleptBefore : _slept);
}

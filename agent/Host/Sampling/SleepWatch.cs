namespace Homelab.NodeAgent.Sampling;

/// <summary>Notices that the machine slept. What counters gained in its sleep, they did not gain in the moments that its waking clock saw. One owner.</summary>
/// <param name="clock">Stands still in sleep.</param>
/// <param name="boot">Time since boot, sleep included; null where the kernel has no such clock: then sleep goes unnoticed.</param>
internal sealed class SleepWatch(MonotonicClock clock, Func<TimeSpan?> boot)
{
    /// <summary>Two clocks are not read at the same instant.</summary>
    private static readonly TimeSpan Noise = TimeSpan.FromMilliseconds(100);

    private TimeSpan? _ahead = boot() - clock.Now;

    /// <summary>True once for each sleep since the last call.</summary>
    public bool HasSlept()
    {
        var ahead = boot() - clock.Now;
        var slept = ahead - _ahead > Noise;
        // Only what is noticed moves the mark: many short sleeps add up to one.
        if (slept || _ahead is null)
            _ahead = ahead;
        return slept;
    }
}

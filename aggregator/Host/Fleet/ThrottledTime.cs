using System.Collections.Immutable;

namespace Homelab.Aggregator.Fleet;

/// <summary>Adds up how long a node was held back, by the agent's monotonic clock. What one report says holds until the next.
/// Touched by one thread.</summary>
internal sealed class ThrottledTime
{
    private TimeSpan? _last;
    private ImmutableSortedDictionary<ThrottleReason, bool> _held = ImmutableSortedDictionary<ThrottleReason, bool>.Empty;

    /// <summary>Every reason that some sensor could tell since the aggregator started; grows only.</summary>
    public ImmutableSortedDictionary<ThrottleReason, TimeSpan> Total { get; private set; } = ImmutableSortedDictionary<ThrottleReason, TimeSpan>.Empty;

    /// <summary>Another stream begins: the time between the two counts for nothing, as the next clock may be another process's.</summary>
    public void Restart() => _last = null;

    /// <param name="longest">What counts at most of one gap between reports: who knows how it was in a longer silence.</param>
    public void Observe(TimeSpan agentMonotonic, ImmutableSortedDictionary<ThrottleReason, bool> throttled, TimeSpan longest)
    {
        var gap = _last is { } last && agentMonotonic > last ? agentMonotonic - last : TimeSpan.Zero;
        var counted = gap < longest ? gap : longest;
        var total = Total.ToBuilder();
        foreach (var reason in throttled.Keys)
            total.TryAdd(reason, TimeSpan.Zero);
        foreach (var (reason, holds) in _held)
        {
            if (holds)
                total[reason] += counted;
        }
        Total = total.ToImmutable();
        (_last, _held) = (agentMonotonic, throttled);
    }
}

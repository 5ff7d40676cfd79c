using System.Collections.Immutable;

namespace Homelab.Aggregator.Fleet;

/// <summary>Adds up how long a node was held back, by the agent's monotonic clock. What one report says holds until the next.
/// Touched by one thread.</summary>
internal sealed class ThrottledTime
{
    private static readonly TimeSpan Most = TimeSpan.FromDays(36_500);

    private TimeSpan? _last;
    private readonly Dictionary<ThrottleReason, TimeSpan> _told = [];
    private bool _countsFromZero;
    private ImmutableSortedDictionary<ThrottleReason, bool> _held = ImmutableSortedDictionary<ThrottleReason, bool>.Empty;

    /// <summary>Every reason that some sensor could tell since the aggregator started; grows only.</summary>
    public ImmutableSortedDictionary<ThrottleReason, TimeSpan> Total { get; private set; } = ImmutableSortedDictionary<ThrottleReason, TimeSpan>.Empty;

    /// <summary>Another stream begins: the time between the two counts for nothing, as the next clock may be another process's.</summary>
    public void Restart() => _last = null;

    /// <summary>Another agent process: its counters start at zero. Of the first one that is heard it is not known how much of its time lies before our own start.</summary>
    public void Reborn(bool isFirst)
    {
        _told.Clear();
        _countsFromZero = !isFirst;
    }

    /// <summary>Takes the agent's own counters, which lose nothing between reports.</summary>
    public void Take(ImmutableArray<ReportedThrottle> told)
    {
        var total = Total.ToBuilder();
        foreach (var state in told)
        {
            var before = _told.TryGetValue(state.Reason, out var known) ? known : _countsFromZero ? TimeSpan.Zero : state.Held;
            _told[state.Reason] = state.Held > before ? state.Held : before;
            var gained = state.Held > before ? state.Held - before : TimeSpan.Zero;
            var so = total.GetValueOrDefault(state.Reason);
            // Counters of a hostile agent may add up to more than a clock holds.
            total[state.Reason] = gained < Most - so ? so + gained : Most;
        }
        Total = total.ToImmutable();
        // What is new from here on was not there when we began to listen.
        _countsFromZero = true;
        (_last, _held) = (null, ImmutableSortedDictionary<ThrottleReason, bool>.Empty);
    }

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

using System.Collections.Immutable;

namespace Homelab.Aggregator.Fleet;

/// <summary>
/// How late reports arrive, measured without trusting the agent's wall clock: the gap between both monotonic clocks, less
/// the smallest gap of the last one to two minutes. It is therefore the delay above the best the link has shown of late.
/// </summary>
internal sealed class IngestDelay
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>Nothing that arrives is later: a clock that leaps must not spoil the sum.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);
    private TimeSpan _best = TimeSpan.MaxValue;
    private TimeSpan _bestBefore = TimeSpan.MaxValue;
    private TimeSpan _windowEnd = TimeSpan.MinValue;

    /// <summary>The delay of a report, zero to a day.</summary>
    public TimeSpan Observe(TimeSpan received, TimeSpan agentMonotonic)
    {
        var gap = received - agentMonotonic;
        if (received >= _windowEnd)
            (_bestBefore, _best, _windowEnd) = (_best, gap, received + Window);
        _best = gap < _best ? gap : _best;
        var delay = gap - (_best < _bestBefore ? _best : _bestBefore);
        return delay < Longest ? delay : Longest;
    }
}

/// <summary>A cumulative-on-write histogram of durations, immutable.</summary>
/// <param name="Counts">Observations per bucket (not cumulative); one more than <see cref="Bounds"/>, the last above all.</param>
internal sealed record DelayHistogram(ImmutableArray<long> Counts, TimeSpan Sum)
{
    /// <summary>Upper bounds in seconds.</summary>
    public static readonly ImmutableArray<double> Bounds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];

    public static readonly DelayHistogram Empty = new([.. new long[Bounds.Length + 1]], TimeSpan.Zero);

    public DelayHistogram Add(TimeSpan delay)
    {
        var bucket = 0;
        while (bucket < Bounds.Length && delay.TotalSeconds > Bounds[bucket])
            bucket++;
        return new DelayHistogram(Counts.SetItem(bucket, Counts[bucket] + 1), Sum + delay);
    }
}

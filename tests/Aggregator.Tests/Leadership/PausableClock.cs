namespace Homelab.Aggregator.Tests.Leadership;

/// <summary>The clock of a process that can stand still: its timers do not fire meanwhile, and time goes on.</summary>
internal sealed class PausableClock(TimeProvider inner) : TimeProvider
{
    public bool IsPaused { get; set; }

    public override long TimestampFrequency => inner.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => inner.LocalTimeZone;

    public override long GetTimestamp() => inner.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => inner.GetUtcNow();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => inner.CreateTimer(told =>
    {
        if (!IsPaused)
            callback(told);
    }, state, dueTime, period);
}

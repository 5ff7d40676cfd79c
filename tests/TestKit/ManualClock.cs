namespace Homelab.TestKit;

/// <summary>Time that moves only when a test moves it. Timers run on the thread that calls <see cref="Advance"/>, in due order. Safe for concurrent use.</summary>
internal sealed class ManualClock : TimeProvider
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(2);

    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private readonly long _startTicks;
    private long _ticks;
    private long _wallOffset;

    public ManualClock()
        : this(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    public ManualClock(DateTimeOffset start) => _startTicks = start.UtcTicks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>Timers that wait to fire; lets a test wait until the code under test has started to wait.</summary>
    public int PendingTimers
    {
        get
        {
            lock (_gate)
                return _timers.Count;
        }
    }

    /// <summary>Moves it in small steps until <paramref name="reached"/>, and gives real programs and sockets a moment before each: a clock that runs ahead of them makes them late.</summary>
    /// <exception cref="TimeoutException">Not within what is long for a busy machine.</exception>
    public async Task DriveAsync(Func<bool> reached, TimeSpan step)
    {
        var start = System.GetTimestamp();
        while (!reached())
        {
            if (System.GetElapsedTime(start) > Longest)
                throw new TimeoutException("the clock was driven in vain");
            await Task.Delay(Moment, System);
            if (!reached())
                Advance(step);
        }
    }

    /// <summary>As above, until <paramref name="task"/> ends.</summary>
    public async Task<T> DriveAsync<T>(Task<T> task, TimeSpan step)
    {
        await DriveAsync(() => task.IsCompleted, step);
        return await task;
    }

    public override long GetTimestamp()
    {
        lock (_gate)
            return _ticks;
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return new DateTimeOffset(_startTicks + _ticks + _wallOffset, TimeSpan.Zero);
    }

    /// <summary>Sets the wall clock forward or back, as an administrator or NTP does; timestamps and timers do not notice.</summary>
    public void JumpWall(TimeSpan by)
    {
        lock (_gate)
            _wallOffset += by.Ticks;
    }

    /// <summary>Moves time and runs what falls due on the way, at the moment that it is due.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        long until;
        lock (_gate)
            until = _ticks + by.Ticks;
        while (TakeDue(until) is { } due)
            due.Fire();
        lock (_gate)
            _ticks = Math.Max(_ticks, until);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private ManualTimer? TakeDue(long until)
    {
        lock (_gate)
        {
            var due = _timers.Where(timer => timer.Due <= until).MinBy(static timer => timer.Due);
            if (due is null)
                return null;
            _ticks = Math.Max(_ticks, due.Due);
            if (due.Period > 0)
                due.Due += due.Period;
            else
                _timers.Remove(due);
            return due;
        }
    }

    private sealed class ManualTimer(ManualClock clock, TimerCallback callback, object? state) : ITimer
    {
        public long Due { get; set; }

        public long Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                clock._timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan)
                    return true;
                Due = clock._ticks + Math.Max(0, dueTime.Ticks);
                Period = period == Timeout.InfiniteTimeSpan ? 0 : period.Ticks;
                clock._timers.Add(this);
                return true;
            }
        }

        public void Dispose()
        {
            lock (clock._gate)
                clock._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

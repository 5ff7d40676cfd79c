namespace Homelab.Aggregator.Fleet.Learned;

/// <summary>The levels of one quantity by day, over the last 30 days that it was seen on: a node that was off for a month is still known.</summary>
internal sealed class LevelDays
{
    public const int DaysKept = 30;

    /// <summary>Before so much was seen nothing is said: one boot is no habit.</summary>
    public static readonly TimeSpan LeastSeen = TimeSpan.FromHours(1);

    private readonly List<(int Day, LevelHistogram Levels)> _days = [];
    private LevelHistogram _sum = new();

    /// <summary>Ascending, each day once.</summary>
    public IReadOnlyList<(int Day, LevelHistogram Levels)> Days => _days;

    /// <summary>Null when the days are not as they were written.</summary>
    public static LevelDays? Of(IReadOnlyList<(int Day, LevelHistogram Levels)> days)
    {
        var kept = new LevelDays();
        foreach (var (day, levels) in days)
        {
            if (kept._days.Count == DaysKept || (kept._days.Count > 0 && kept._days[^1].Day >= day))
                return null;
            kept._days.Add((day, levels));
        }
        kept.Sum();
        return kept;
    }

    /// <param name="day">Number of the day by the wall clock. A clock that is set back takes the days along that it had been ahead by.</param>
    /// <param name="level">In the quantity's base unit.</param>
    /// <param name="time">How long it stood there.</param>
    public void Observe(int day, double level, TimeSpan time)
    {
        Turn(day);
        _days[^1].Levels.Add(level, time);
        _sum.Add(level, time);
    }

    /// <summary>As <see cref="LevelHistogram.Quantile"/>, over all days; null before <see cref="LeastSeen"/>.</summary>
    public double? Quantile(double share) => _sum.Total >= LeastSeen ? _sum.Quantile(share) : null;

    private void Turn(int day)
    {
        while (_days.Count > 1 && _days[^1].Day > day && _days[^2].Day >= day)
        {
            _days[^2].Levels.Merge(_days[^1].Levels);
            _days.RemoveAt(_days.Count - 1);
        }
        if (_days.Count > 0 && _days[^1].Day > day)
            _days[^1] = (day, _days[^1].Levels);
        if (_days.Count > 0 && _days[^1].Day == day)
            return;
        _days.Add((day, new LevelHistogram()));
        if (_days.Count <= DaysKept)
            return;
        _days.RemoveAt(0);
        Sum();
    }

    private void Sum()
    {
        _sum = new LevelHistogram();
        foreach (var (_, levels) in _days)
            _sum.Merge(levels);
    }
}

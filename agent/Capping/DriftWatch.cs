namespace Homelab.NodeAgent.Capping;

/// <summary>What to do about a limit that was read back.</summary>
internal enum DriftVerdict
{
    /// <summary>The hardware holds what was asked, or less.</summary>
    Held = 0,

    /// <summary>Something else rewrote it: write it again now.</summary>
    Reassert = 1,

    /// <summary>Rewritten by something else, and written again so recently that it has to wait.</summary>
    Lost = 2,

    /// <summary>Lost so often that it can not be relied on: the device counts as free. Written again now and then all the same.</summary>
    Uncontrolled = 3,
}

/// <summary>Watches one limit for being rewritten by somebody else: firmware, a desktop's power daemon, a thermal governor.</summary>
internal sealed class DriftWatch
{
    public static readonly TimeSpan ReassertPace = TimeSpan.FromSeconds(5);

    /// <summary>Two that fight wear each other out: who has lost control does not pour oil on it.</summary>
    public static readonly TimeSpan UncontrolledPace = TimeSpan.FromSeconds(30);

    public static readonly TimeSpan Window = TimeSpan.FromSeconds(60);

    public const int MostLosses = 5;

    private readonly TimeSpan[] _losses = new TimeSpan[MostLosses];
    private int _count;
    private bool _isLost;
    private TimeSpan? _assertedAt;

    /// <summary>Losses since the start, for people.</summary>
    public int Losses => _count;

    public bool IsUncontrolled { get; private set; }

    /// <summary>Takes one read-back in. After <see cref="DriftVerdict.Reassert"/> the caller has written.</summary>
    /// <param name="holds">Whether the hardware holds what was last written, or less.</param>
    public DriftVerdict Look(bool holds, TimeSpan now)
    {
        if (holds)
        {
            _isLost = false;
            if (IsUncontrolled && now - _losses[(_count - 1) % MostLosses] >= Window)
                IsUncontrolled = false;
            return IsUncontrolled ? DriftVerdict.Uncontrolled : DriftVerdict.Held;
        }
        if (!_isLost)
            Count(now);
        var pace = IsUncontrolled ? UncontrolledPace : ReassertPace;
        if (_assertedAt is null || now - _assertedAt >= pace)
        {
            // From here on a limit that does not hold is a loss of its own.
            (_assertedAt, _isLost) = (now, false);
            return DriftVerdict.Reassert;
        }
        return IsUncontrolled ? DriftVerdict.Uncontrolled : DriftVerdict.Lost;
    }

    private void Count(TimeSpan now)
    {
        _isLost = true;
        _losses[_count++ % MostLosses] = now;
        IsUncontrolled |= _count >= MostLosses && now - _losses[_count % MostLosses] <= Window;
    }
}

using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>Notices a cap that goes up and down and up: its deadband is then doubled for a while.</summary>
internal sealed class CapSwing
{
    private const int MostTurns = 12;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Calm = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Lasting = TimeSpan.FromMinutes(30);
    private readonly TimeSpan[] _turns = new TimeSpan[MostTurns];
    private int _next;
    private int _count;
    private int _direction;
    private TimeSpan _calmUntil;
    private TimeSpan _since;

    public bool IsSwinging(TimeSpan now) => now < _calmUntil;

    /// <summary>It goes on in spite of the doubled deadband: bursts of work come and go, this is worth a look.</summary>
    public bool IsLasting(TimeSpan now) => IsSwinging(now) && now - _since >= Lasting;

    /// <summary>A cap changed.</summary>
    public void Turn(Power from, Power to, TimeSpan now)
    {
        var direction = to.CompareTo(from);
        if (direction == 0 || direction == _direction)
            return;
        var isFirst = _direction == 0;
        _direction = direction;
        if (isFirst)
            return;
        var oldest = _turns[_next];
        _turns[_next] = now;
        _next = (_next + 1) % MostTurns;
        _count = Math.Min(_count + 1, MostTurns);
        if (_count < MostTurns || now - oldest > Window)
            return;
        if (!IsSwinging(now))
            _since = now;
        _calmUntil = now + Calm;
    }
}

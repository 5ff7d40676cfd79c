using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>Notices that cutting does not help: what draws the power is not what is being cut.</summary>
internal sealed class FutilityWatch
{
    private const double LeastEffect = 0.2;
    private const int Steps = 3;
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(60);
    private Power _drawnBefore;
    private Power _expected;
    private TimeSpan? _cutAt;
    private int _futile;
    private TimeSpan _pausedUntil = TimeSpan.MinValue;

    /// <summary>Cuts are not deepened for now.</summary>
    public bool IsFutile(TimeSpan now) => now < _pausedUntil;

    /// <summary>A cut below what is drawn went out, that should win <paramref name="expected"/>.</summary>
    public void Cut(Power drawn, Power expected, TimeSpan now)
    {
        if (_cutAt is null && expected > Power.Zero)
            (_drawnBefore, _expected, _cutAt) = (drawn, expected, now);
    }

    public void Observe(Power drawn, TimeSpan now)
    {
        if (_cutAt is not { } at || now - at < Settle)
            return;
        _cutAt = null;
        _futile = (_drawnBefore - drawn) / _expected < LeastEffect ? _futile + 1 : 0;
        if (_futile < Steps)
            return;
        (_futile, _pausedUntil) = (0, now + Pause);
    }
}

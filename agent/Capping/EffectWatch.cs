using Homelab.Units;

namespace Homelab.NodeAgent.Capping;

/// <summary>Whether a limit does anything.</summary>
internal enum EffectVerdict
{
    /// <summary>On trial: written, and neither an effect nor a draw below it was seen yet.</summary>
    Unproven = 0,

    Effective = 1,

    /// <summary>The draw stays above it: the device counts as free.</summary>
    Ineffective = 2,
}

/// <summary>Verifies one limit by watts: a write that "succeeds" is not a cap.</summary>
/// <remarks>The first use is a trial: unless the draw is seen at or below the limit within <see cref="Trial"/> after it should have settled, the
/// limiter is out for <see cref="RetryAfter"/>. Later, <see cref="Patience"/> of too high a draw is enough.</remarks>
internal sealed class EffectWatch
{
    public static readonly TimeSpan Trial = TimeSpan.FromSeconds(5);

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(5);

    /// <summary>Share of the limit, and at least half a watt: meters and windows are not exact.</summary>
    public const double Tolerance = 0.05;

    private static readonly Power LeastTolerance = Power.FromWatts(0.5);

    private readonly TimeSpan _settle;
    private TimeSpan? _triedAt;
    private TimeSpan _lastCut;
    private TimeSpan? _aboveSince;
    private TimeSpan _outAt;
    private Power? _limit;

    /// <param name="settle">How long after a write the draw is at or below the limit.</param>
    public EffectWatch(TimeSpan settle) => _settle = settle;

    public EffectVerdict Verdict { get; private set; }

    /// <summary>Takes one look in.</summary>
    /// <param name="limit">What the hardware holds now; null when nothing is asked of it.</param>
    /// <param name="draw">Measured; null where nothing measures it, which proves nothing either way.</param>
    public EffectVerdict Look(Power? limit, Power? draw, TimeSpan now)
    {
        if (limit is not { } asked)
        {
            (_limit, _aboveSince, _triedAt) = (null, null, Verdict == EffectVerdict.Unproven ? null : _triedAt);
            return Verdict;
        }
        if (_limit is null || asked < _limit)
            _lastCut = now;
        _limit = asked;
        _triedAt ??= now;
        if (Verdict == EffectVerdict.Ineffective && now - _outAt >= RetryAfter)
            (Verdict, _triedAt, _lastCut, _aboveSince) = (EffectVerdict.Unproven, now, now, null);
        if (draw is { } watts)
            Judge(asked, watts, now);
        return Verdict;
    }

    private void Judge(Power limit, Power draw, TimeSpan now)
    {
        if (Verdict == EffectVerdict.Ineffective)
            return;
        if (draw <= limit + Power.Max(LeastTolerance, limit * Tolerance))
        {
            (Verdict, _aboveSince) = (EffectVerdict.Effective, null);
            return;
        }
        if (now - _lastCut < _settle)
            return;
        _aboveSince ??= now;
        var isOut = Verdict == EffectVerdict.Unproven
            ? now - _triedAt >= Trial + _settle
            : now - _aboveSince >= Patience;
        if (isOut)
            (Verdict, _outAt, _aboveSince) = (EffectVerdict.Ineffective, now, null);
    }
}

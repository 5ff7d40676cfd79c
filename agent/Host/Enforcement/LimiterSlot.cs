using Homelab.NodeAgent.Actuators;
using Homelab.NodeAgent.Capping;
using Homelab.Units;

namespace Homelab.NodeAgent.Enforcement;

/// <summary>One limiter and everything that the keeper knows of it. Owned by the enforcement loop.</summary>
internal sealed class LimiterSlot(IPowerLimiter limiter, bool isAllowed)
{
    /// <summary>Locked by firmware: nothing that happens by itself within minutes.</summary>
    private static readonly TimeSpan LockedPause = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan FaultPause = TimeSpan.FromSeconds(30);

    /// <summary>Drivers round to steps of 1/8 W and the like.</summary>
    private static readonly Power Rounding = Power.FromWatts(0.3);

    private LimitReading? _reading;
    private Limit? _granted;
    private Limit? _inFlight;
    private TimeSpan _outUntil;
    private LimiterState _state;

    public IPowerLimiter Limiter => limiter;

    public LimiterInfo Info => limiter.Info;

    public bool IsAllowed => isAllowed;

    /// <summary>What the hardware holds, as last read; null before the first look.</summary>
    public LimitReading? Reading => _reading;

    /// <summary>The highest limit that it was last seen to take, for when it can not be read; null: never seen, or it takes no watts.</summary>
    public Power? MostSeen { get; private set; }

    /// <summary>What the next visit applies; null: it only reads.</summary>
    public Limit? Order { get; set; }

    /// <summary>What was applied last; null: nothing, originals stand.</summary>
    public Limit? Asked { get; private set; }

    public DriftWatch Drift { get; private set; } = new();

    public EffectWatch Effect { get; private set; } = new(limiter.Info.Settle);

    /// <summary>What the limited part drew over the last sample; null where nothing measures it.</summary>
    public Power? Draw { get; set; }

    /// <summary>Originals are on the disk.</summary>
    public bool IsRecorded { get; set; }

    /// <summary>A call hangs in the kernel: what it asked may come into force at any moment, or never.</summary>
    public bool IsLate { get; private set; }

    /// <summary>Whether a limit of ours is in force, or may be.</summary>
    public bool MayHold => Asked is not null || _inFlight is not null;

    /// <summary>Why it was not written to, from the last visit; null when nothing stood in the way.</summary>
    public string? Obstacle { get; set; }

    public bool TakesWatts => Info.Kind == LimiterKind.Watts;

    /// <summary>Whether caps may be entrusted to it now.</summary>
    public bool IsUsable(TimeSpan now) =>
        isAllowed && _reading is { } reading && !IsLate && Obstacle is null && !Drift.IsUncontrolled && Effect.Verdict != EffectVerdict.Ineffective
        && reading.State is not (LimiterState.Gone or LimiterState.Denied)
        && (reading.State == LimiterState.Ready || now >= _outUntil)
        && Bound(reading.Least) < Bound(reading.Most);

    /// <summary>The driver has not answered. What was ordered must not be written when it does: by then the cap is another one.</summary>
    public void Delay()
    {
        if (!IsLate)
            _inFlight = Order ?? _inFlight;
        (IsLate, Order) = (true, null);
    }

    /// <summary>Takes in what a visit read, and what it was asked to apply before.</summary>
    public void Take(LimitReading reading, Limit? applied, TimeSpan now)
    {
        if (IsLate)
            // Whether it was written, nobody knows: the next order is written whatever it is.
            (Asked, _granted) = (null, null);
        if (applied is { } asked)
        {
            _inFlight = null;
            Asked = asked == default ? null : asked;
            _granted = Asked is null ? null : reading.Effective;
        }
        if (reading.State is LimiterState.Locked or LimiterState.Faulted && (reading.State != _state || applied is not null))
            _outUntil = now + (reading.State == LimiterState.Locked ? LockedPause : FaultPause);
        (_reading, _state, IsLate) = (reading, reading.State, false);
        MostSeen = reading.Most.Power ?? MostSeen;
    }

    /// <summary>After originals were restored: as if never used, trials included.</summary>
    public void Forget()
    {
        (Asked, _granted, _inFlight, Order, IsRecorded) = (null, null, null, null, false);
        (Drift, Effect) = (new DriftWatch(), new EffectWatch(Info.Settle));
    }

    /// <summary>Whether the hardware still holds what it took, or less. True when nothing was asked.</summary>
    public bool Holds()
    {
        if (Asked is not { } asked || _reading is not { } reading)
            return true;
        var took = _granted is { } granted ? Math.Max(Bound(asked), Bound(granted)) : Bound(asked);
        return Bound(reading.Effective) <= took + (TakesWatts ? Rounding.Microwatts : took / 100);
    }

    /// <summary>Whether the hardware holds the watts that were asked, or as few as it can: what it answers instead does not count here.</summary>
    public bool HasTaken() =>
        !IsLate && Asked?.Power is { } asked && EffectivePower() is { } held && held <= Power.Max(asked, _reading?.Least.Power ?? asked) + Rounding;

    /// <summary>The most that the part may draw by what is read back; null when it is not held by anything.</summary>
    public Power? EffectivePower()
    {
        if (_reading?.Effective.Power is not { } power)
            return null;
        return IsLate && _inFlight?.Power is { } coming ? Power.Max(power, coming) : power;
    }

    /// <summary>The highest clock by what is read back; null when it is not held by anything.</summary>
    public Frequency? EffectiveClock()
    {
        if (_reading?.Effective.Frequency is not { } clock)
            return null;
        return IsLate && _inFlight?.Frequency is { } coming && coming.Kilohertz > clock.Kilohertz ? coming : clock;
    }

    /// <summary>Sorts limits of one unit: none at all is the highest.</summary>
    private static long Bound(Limit limit) => limit.Power?.Microwatts ?? limit.Frequency?.Kilohertz ?? long.MaxValue / 2;
}

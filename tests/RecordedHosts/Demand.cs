namespace Homelab.RecordedHosts;

/// <summary>A day at home: quiet and busy stretches, with bursts in them, each machine in a rhythm of its own. A pure function of seed, name and time.</summary>
internal sealed class Demand : IDemand
{
    private static readonly TimeSpan Flicker = TimeSpan.FromMilliseconds(500);

    private readonly ulong _key;
    private readonly TimeSpan _stretch;
    private readonly TimeSpan _slot;
    private readonly TimeSpan _phase;

    /// <summary>The story of one machine. Each name has a rhythm of its own, so that a fleet does not beat as one.</summary>
    public Demand(int seed, string name)
    {
        _key = Dice.Key(seed, name);
        _slot = TimeSpan.FromSeconds(11 + 17 * Chance(0, 8));
        _stretch = TimeSpan.FromSeconds(70 + 50 * Chance(0, 9));
        _phase = _stretch * Chance(0, 10);
    }

    public double At(TimeSpan time)
    {
        var shifted = time + _phase;
        var liveliness = 0.3 + 0.7 * Chance(shifted, _stretch, 1);
        return Math.Clamp(Background(shifted) + Burst(shifted, liveliness), 0, 1);
    }

    // At most one burst per slot, inside it: it starts and ends with a short ramp.
    private double Burst(TimeSpan time, double liveliness)
    {
        if (Chance(time, _slot, 2) > liveliness)
            return 0;
        var length = _slot * (0.6 + 0.4 * Chance(time, _slot, 3));
        var start = (_slot - length) * Chance(time, _slot, 4);
        var into = TimeSpan.FromTicks(time.Ticks % _slot.Ticks) - start;
        if (into < TimeSpan.Zero || into > length)
            return 0;
        var ramp = Math.Min(1, Math.Min(into.TotalSeconds, (length - into).TotalSeconds) / 0.8);
        return ramp * (0.5 + 0.5 * Math.Sqrt(Chance(time, _slot, 5))) * (0.93 + 0.07 * Chance(time, Flicker, 6));
    }

    // A few percent that wander smoothly from slot to slot.
    private double Background(TimeSpan time)
    {
        var share = (double)(time.Ticks % _slot.Ticks) / _slot.Ticks;
        var smooth = share * share * (3 - 2 * share);
        return 0.01 + 0.04 * (Chance(time, _slot, 7) * (1 - smooth) + Chance(time + _slot, _slot, 7) * smooth);
    }

    private double Chance(TimeSpan time, TimeSpan every, ulong purpose) => Chance((ulong)(time.Ticks / every.Ticks), purpose);

    private double Chance(ulong index, ulong purpose) => Dice.Share(_key ^ (purpose << 56), index);
}

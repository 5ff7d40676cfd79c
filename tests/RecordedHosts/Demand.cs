namespace Homelab.RecordedHosts;

/// <summary>How much a machine is asked to do over time: quiet and busy stretches, with bursts in them. A pure function of seed, name and time.</summary>
internal sealed class Demand(int seed, string name)
{
    private static readonly TimeSpan Stretch = TimeSpan.FromSeconds(80);
    private static readonly TimeSpan Slot = TimeSpan.FromSeconds(16);

    private readonly ulong _key = Key(seed, name);

    /// <summary>Wanted work at a time of zero or more, as a share of the whole machine: 0 to 1.</summary>
    public double At(TimeSpan time)
    {
        var liveliness = 0.3 + 0.7 * Chance(time, Stretch, 1);
        return Math.Clamp(Background(time) + Burst(time, liveliness), 0, 1);
    }

    // At most one burst per slot, inside it: it starts and ends with a short ramp.
    private double Burst(TimeSpan time, double liveliness)
    {
        if (Chance(time, Slot, 2) > liveliness)
            return 0;
        var length = Slot * (0.6 + 0.4 * Chance(time, Slot, 3));
        var start = (Slot - length) * Chance(time, Slot, 4);
        var into = TimeSpan.FromTicks(time.Ticks % Slot.Ticks) - start;
        if (into < TimeSpan.Zero || into > length)
            return 0;
        var ramp = Math.Min(1, Math.Min(into.TotalSeconds, (length - into).TotalSeconds) / 0.8);
        return ramp * (0.5 + 0.5 * Math.Sqrt(Chance(time, Slot, 5))) * (0.93 + 0.07 * Chance(time, TimeSpan.FromMilliseconds(500), 6));
    }

    // A few percent that wander smoothly from slot to slot.
    private double Background(TimeSpan time)
    {
        var share = (double)(time.Ticks % Slot.Ticks) / Slot.Ticks;
        var smooth = share * share * (3 - 2 * share);
        return 0.01 + 0.04 * (Chance(time, Slot, 7) * (1 - smooth) + Chance(time + Slot, Slot, 7) * smooth);
    }

    private double Chance(TimeSpan time, TimeSpan every, ulong purpose) =>
        (Mix(_key ^ (purpose << 56) ^ (ulong)(time.Ticks / every.Ticks)) >> 11) * (1.0 / (1UL << 53));

    private static ulong Key(int seed, string name)
    {
        var key = Mix((ulong)seed + 0x9e3779b97f4a7c15);
        foreach (var letter in name)
            key = Mix(key ^ letter);
        return key;
    }

    // SplitMix64's finalizer: neighbouring inputs give unrelated outputs.
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return value ^ (value >> 31);
    }
}

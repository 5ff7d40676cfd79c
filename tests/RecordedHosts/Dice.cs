namespace Homelab.RecordedHosts;

/// <summary>Seeded chance: the same key gives the same numbers on every machine and runtime.</summary>
internal sealed class Dice(ulong key)
{
    private ulong _rolls;

    /// <summary>0 to 1, evenly.</summary>
    public double Next() => Share(key, _rolls++);

    /// <summary>Exponential with a mean: the time to the next of events that know nothing of each other.</summary>
    public double Wait(double mean) => -mean * Math.Log(Math.Max(1e-12, Next()));

    /// <summary>A key from a seed and a name.</summary>
    public static ulong Key(int seed, string name)
    {
        var key = Mix((ulong)seed + 0x9e3779b97f4a7c15);
        foreach (var letter in name)
            key = Mix(key ^ letter);
        return key;
    }

    /// <summary>0 to 1, the same for the same key and index.</summary>
    public static double Share(ulong key, ulong index) => (Mix(key ^ index) >> 11) * (1.0 / (1UL << 53));

    // SplitMix64's finalizer: neighbouring inputs give unrelated outputs.
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return value ^ (value >> 31);
    }
}

namespace Homelab.Aggregator.Simulation;

/// <summary>A stream of numbers that depends on its seed and on nothing else: Marsaglia's xorshift, 64 bits.</summary>
/// <remarks>The demand and error streams are seeded as those of the published reference figures are, so that runs compare one by one and not only on average.</remarks>
internal sealed class Dice
{
    private const int WarmUp = 20;
    private ulong _state;

    public Dice(ulong seed)
    {
        _state = seed == 0 ? 1 : seed;
        for (var i = 0; i < WarmUp; i++)
            Uniform();
    }

    /// <summary>Demand and the errors of hardware: the same for all policies on one seed.</summary>
    public static Dice ForPlant(ulong seed) => new(unchecked((seed * 2654435761UL) + 88172645463325252UL));

    /// <summary>Meter noise, latencies and losses.</summary>
    public static Dice ForLink(ulong seed) => new(unchecked((seed * 40503UL) + 12345677UL));

    /// <summary>What our own part needs and the reference has no word for: clocks, reconnects, epochs.</summary>
    public static Dice ForFleet(ulong seed) => new(unchecked((seed * 0x9E3779B97F4A7C15UL) + 0xD1B54A32D192ED03UL));

    /// <summary>0 ≤ x &lt; 1.</summary>
    public double Uniform()
    {
        _state ^= _state << 13;
        _state ^= _state >> 7;
        _state ^= _state << 17;
        return (_state >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>Mean 0, deviation 1 (Box and Muller).</summary>
    public double Normal()
    {
        var radius = Math.Max(Uniform(), 1e-12);
        var angle = Uniform();
        return Math.Sqrt(-2 * Math.Log(radius)) * Math.Cos(2 * Math.PI * angle);
    }

    /// <summary>Time to the next of events that come independently of each other, <paramref name="mean"/> apart.</summary>
    public double Exponential(double mean) => -mean * Math.Log(Math.Max(Uniform(), 1e-12));
}

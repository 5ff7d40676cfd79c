namespace Homelab.NodeAgent.Sampling;

/// <summary>What happened to a counter between two readings.</summary>
internal enum CounterEvent
{
    /// <summary>Equal readings: nothing was counted. Not a wrap.</summary>
    Still = 0,
    Advanced = 1,
    Wrapped = 2,

    /// <summary>The count can not be trusted (driver reload, suspend, firmware reset): nothing is counted and the base moves.</summary>
    Reset = 3,
}

/// <summary>What a counter gained.</summary>
/// <param name="Micros">0 or more, in millionths of the counter's unit.</param>
/// <param name="Event">Why it is that much.</param>
internal readonly record struct CounterDelta(long Micros, CounterEvent Event);

/// <summary>Counter readings to growth: the one place where wrap is undone.</summary>
/// <remarks>
/// Source: Documentation/power/powercap/powercap.rst (<c>max_energy_range_uj</c>: the value after which <c>energy_uj</c> starts again at 0).
/// The true modulus is one hardware unit (15 to 61 µJ) above that value; the error is once a wrap and never upwards.
/// </remarks>
internal static class EnergyIntegrator
{
    /// <summary>No single zone of a machine at home draws 2 kW: twice the largest processor packages made. A delta that implies
    /// more is a reset seen as a wrap, and counting it would add up to 262 kJ that nobody used.</summary>
    public const long PlausibleMicrowatts = 2_000_000_000;

    /// <summary>The growth between two readings of one counter.</summary>
    /// <param name="previous">Earlier reading, 0 or more.</param>
    /// <param name="now">Later reading.</param>
    /// <param name="wrap">Value after which the count starts again at 0; 0 when it never wraps.</param>
    /// <param name="elapsed">Monotonic time between the two, above zero.</param>
    /// <param name="plausiblePerSecond">Most that the counter can gain in a second; <see cref="long.MaxValue"/> for no bound.</param>
    public static CounterDelta Step(long previous, long now, long wrap, TimeSpan elapsed, long plausiblePerSecond)
    {
        if (now == previous)
            return new CounterDelta(0, CounterEvent.Still);
        if (now < 0 || elapsed <= TimeSpan.Zero)
            return new CounterDelta(0, CounterEvent.Reset);
        var advanced = now > previous;
        // A reading above the wrap value belongs to a range that changed under us.
        if (!advanced && (wrap <= 0 || previous > wrap))
            return new CounterDelta(0, CounterEvent.Reset);
        var gained = advanced ? now - previous : wrap - previous + now;
        var plausible = gained <= elapsed.TotalSeconds * plausiblePerSecond;
        return plausible
            ? new CounterDelta(gained, advanced ? CounterEvent.Advanced : CounterEvent.Wrapped)
            : new CounterDelta(0, CounterEvent.Reset);
    }
}

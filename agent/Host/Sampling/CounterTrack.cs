using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Sampling;

/// <summary>One counter followed over time: its growth since the agent started, and the last interval. Owned by the sampling loop.</summary>
internal sealed class CounterTrack(SensorInfo info)
{
    /// <summary>No machine at home draws more in one zone for as long as it takes a counter to pass its whole range, unless it was seen to.</summary>
    private static readonly Power LongRun = Power.FromWatts(100);

    private readonly long _plausiblePerSecond =
        info.Quantity == Quantity.Energy ? EnergyIntegrator.PlausibleMicrowatts : long.MaxValue;

    private long? _last;

    /// <summary>Growth since the first reading, millionths of the unit; never falls.</summary>
    public long Total { get; private set; }

    /// <summary>The last good reading as the kernel says it; null before the first.</summary>
    public long? Raw => _last;

    /// <summary>The last interval that was counted; null until there are two readings, and after a reset.</summary>
    public CounterInterval? Interval { get; private set; }

    private TimeSpan LastAt { get; set; }

    /// <summary>Takes a good reading.</summary>
    /// <param name="raw">As the kernel says it, millionths of the unit.</param>
    /// <param name="at">When it was read, on the agent's monotonic clock.</param>
    public CounterEvent Take(long raw, TimeSpan at)
    {
        if (_last is not { } last)
        {
            Rebase(raw, at);
            return CounterEvent.Still;
        }
        // Two readings of one instant say nothing about a rate; the later one counts from the older base.
        if (at <= LastAt)
            return CounterEvent.Still;
        if (MayHaveWrappedTwice(at - LastAt))
        {
            Forget();
            Rebase(raw, at);
            return CounterEvent.Reset;
        }
        var delta = EnergyIntegrator.Step(last, raw, info.WrapMicros, at - LastAt, _plausiblePerSecond);
        Interval = delta.Event == CounterEvent.Reset ? null : new CounterInterval(LastAt, at, delta.Micros);
        Total = Total > long.MaxValue - delta.Micros ? long.MaxValue : Total + delta.Micros;
        Rebase(raw, at);
        return delta.Event;
    }

    /// <summary>The next reading is a first one; what was counted stays.</summary>
    public void Forget() => (_last, Interval) = (null, null);

    /// <summary>After so long a silence a reading is one of many: with each, the figure would be too low by whole ranges.</summary>
    private bool MayHaveWrappedTwice(TimeSpan elapsed)
    {
        if (info.Quantity != Quantity.Energy || info.WrapMicros <= 0)
            return false;
        var most = Interval is { } last ? Power.Max(LongRun, last.Mean * 2) : LongRun;
        return most.Over(elapsed).Microjoules >= info.WrapMicros;
    }

    private void Rebase(long raw, TimeSpan at) => (_last, LastAt) = (raw, at);
}

/// <summary>What a counter gained over a stretch of monotonic time.</summary>
/// <param name="From">Earlier reading.</param>
/// <param name="To">Later reading, after <paramref name="From"/>.</param>
/// <param name="Micros">Gain, 0 or more.</param>
internal readonly record struct CounterInterval(TimeSpan From, TimeSpan To, long Micros)
{
    /// <summary>Mean power of an energy counter over the interval.</summary>
    public Power Mean => new Energy(Micros).Per(To - From);

    /// <summary>The part of the gain that lies after a moment, taking it as evenly spread.</summary>
    public long MicrosAfter(TimeSpan moment)
    {
        if (moment <= From)
            return Micros;
        return moment >= To ? 0 : (long)(Micros * ((To - moment) / (To - From)));
    }
}

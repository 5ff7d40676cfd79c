using Homelab.Units;

namespace Homelab.Aggregator.Fleet.Learned;

/// <summary>
/// How many degrees the processor is above the air for each watt that it draws: it grows as dust settles and a fan dies. Both are means over 5 minutes,
/// since metal follows power slowly.
/// </summary>
internal sealed class ThermalResistance
{
    public static readonly TimeSpan TimeConstant = TimeSpan.FromMinutes(5);

    /// <summary>Below, a degree of error is much of the figure.</summary>
    public static readonly Power LeastPower = Power.FromWatts(3);

    private double _rise;
    private Power _power;
    private TimeSpan _seen;

    /// <summary>Celsius per watt; null before one time constant of figures, at too little power, and where the processor is no warmer than the air.</summary>
    /// <param name="processor">Null: not known now, and what came before is forgotten; so are <paramref name="ambient"/> and <paramref name="power"/>.</param>
    /// <param name="time">That they stood so.</param>
    public double? Observe(Temperature? processor, Temperature? ambient, Power? power, TimeSpan time)
    {
        if (processor is not { } hot || ambient is not { } cool || power is not { } drawn)
        {
            _seen = TimeSpan.Zero;
            return null;
        }
        var rise = hot.Celsius - cool.Celsius;
        var weight = _seen == TimeSpan.Zero ? 1 : 1 - Math.Exp(-(time / TimeConstant));
        _rise += weight * (rise - _rise);
        _power += (drawn - _power) * weight;
        _seen += time;
        return _seen >= TimeConstant && _power >= LeastPower && _rise > 0 ? _rise / _power.Watts : null;
    }
}

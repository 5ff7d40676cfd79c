using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Fleet;

/// <summary>The temperature limits of one inventory, each paired with the channel that it bounds.</summary>
internal sealed class TemperatureBounds
{
    // Firmware writes 0, -273.15, 20.8 and 65261.85 for "not set"; no part is specified to throttle below 30 °C or to live at 200 °C.
    private const long LeastPlausible = 30_000_000;
    private const long FirstImplausible = 200_000_000;
    private const long AbsoluteZero = -273_150_000;

    private readonly List<(int Gauge, int Limit, string Kind)> _pairs = [];

    public TemperatureBounds(ImmutableArray<FleetSensor> sensors)
    {
        var gauges = new Dictionary<(string, string, string), int>();
        for (var i = 0; i < sensors.Length; i++)
        {
            if (sensors[i] is { Quantity: Quantity.Temperature, Shape: SensorShape.Gauge } gauge)
                gauges[(gauge.Source, gauge.Device, gauge.Name)] = i;
        }
        for (var i = 0; i < sensors.Length; i++)
        {
            if (sensors[i] is { Quantity: Quantity.Temperature, Shape: SensorShape.Limit } sensor
                && SensorLimit.Of(sensor) is { Kind: "max" or "hot" or "throttle" or "crit" } limit
                && gauges.TryGetValue((sensor.Source, sensor.Device, limit.Channel), out var gauge))
                _pairs.Add((gauge, i, limit.Kind));
        }
    }

    /// <summary>Kind of each known, plausible limit (<c>max</c>, <c>hot</c>, <c>throttle</c> or <c>crit</c>) and how far below it its channel is; negative above it.</summary>
    public IEnumerable<(string Kind, Temperature Headroom)> Headrooms(IReadOnlyList<SensorReading> readings)
    {
        foreach (var (gauge, limit, kind) in _pairs)
        {
            if (readings[limit].Usable is >= LeastPlausible and < FirstImplausible and var bound && readings[gauge].Usable is > AbsoluteZero and var value)
                yield return (kind, new Temperature((bound - value) / 1000));
        }
    }

    /// <summary>How far the hottest channel is below the limit nearest to it; null when no channel has a known limit.</summary>
    public Temperature? Least(IReadOnlyList<SensorReading> readings) => Least(Headrooms(readings));

    /// <summary>The same, to limits beyond which the machine is in danger: what it slows itself down at is none of them.</summary>
    public Temperature? LeastCritical(IReadOnlyList<SensorReading> readings) => Least(Headrooms(readings).Where(each => each.Kind is "crit" or "hot"));

    private static Temperature? Least(IEnumerable<(string Kind, Temperature Headroom)> headrooms)
    {
        Temperature? least = null;
        foreach (var (_, headroom) in headrooms)
        {
            if (least is not { } known || headroom < known)
                least = headroom;
        }
        return least;
    }
}

using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Fleet;

/// <summary>Judges a node that is heard: throttled or at a max limit is elevated, under-voltage or at a critical limit is critical.</summary>
internal sealed class HealthRules
{
    private readonly List<(int Gauge, int Limit, NodeState State)> _bounds = [];

    /// <summary>Pairs each limit with the channel that it bounds, once per inventory.</summary>
    public HealthRules(ImmutableArray<FleetSensor> sensors)
    {
        var gauges = new Dictionary<(string, string, string), int>();
        for (var i = 0; i < sensors.Length; i++)
        {
            if (sensors[i] is { Quantity: Quantity.Temperature, Shape: SensorShape.Gauge } gauge)
                gauges[(gauge.Source, gauge.Device, gauge.Name)] = i;
        }
        for (var i = 0; i < sensors.Length; i++)
        {
            if (sensors[i] is { Quantity: Quantity.Temperature, Shape: SensorShape.Limit } limit
                && StateAt(LimitName.Kind(limit.Name)) is { } state
                && gauges.TryGetValue((limit.Source, limit.Device, LimitName.Channel(limit.Name)), out var gauge))
                _bounds.Add((gauge, i, state));
        }
    }

    public NodeState Judge(ReadOnlySpan<SensorReading> readings, ImmutableSortedDictionary<ThrottleReason, bool> throttled)
    {
        if (throttled.GetValueOrDefault(ThrottleReason.UnderVoltage))
            return NodeState.Critical;
        var worst = throttled.ContainsValue(true) ? NodeState.Elevated : NodeState.Ok;
        foreach (var (gauge, limit, state) in _bounds)
        {
            // Bounds of zero or below are drivers' words for "not set".
            if (state > worst && readings[limit].Usable is > 0 and var bound && readings[gauge].Usable >= bound)
                worst = state;
        }
        return worst;
    }

    private static NodeState? StateAt(string kind) => kind switch
    {
        "crit" or "critical" => NodeState.Critical,
        "max" or "hot" => NodeState.Elevated,
        _ => null,
    };
}

/// <summary>Splits a limit's name (<c>temp1_crit</c>) into the channel it bounds (<c>temp1</c>) and the kind of bound (<c>crit</c>).</summary>
internal static class LimitName
{
    public static string Channel(string name) => name.IndexOf('_', StringComparison.Ordinal) is > 0 and var cut ? name[..cut] : name;

    public static string Kind(string name) => name.IndexOf('_', StringComparison.Ordinal) is > 0 and var cut ? name[(cut + 1)..] : name;
}

using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Fleet;

/// <summary>Judges a node that is heard: throttled or at a max limit is elevated; under-voltage, at a critical limit or under a
/// critical temperature alarm is critical.</summary>
internal sealed class HealthRules
{
    private readonly List<(int Gauge, int Limit, NodeState State)> _bounds = [];
    private readonly List<int> _alarms = [];

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
            var sensor = sensors[i];
            var limit = SensorLimit.Of(sensor);
            if (sensor is { Quantity: Quantity.Temperature, Shape: SensorShape.Limit }
                && StateAt(limit.Kind) is { } state
                && gauges.TryGetValue((sensor.Source, sensor.Device, limit.Channel), out var gauge))
                _bounds.Add((gauge, i, state));
            else if (sensor.Quantity == Quantity.State && limit.Channel.StartsWith("temp", StringComparison.Ordinal) && limit.Kind == "crit_alarm")
                _alarms.Add(i);
        }
    }

    public NodeState Judge(ReadOnlySpan<SensorReading> readings, ImmutableSortedDictionary<ThrottleReason, bool> throttled)
    {
        if (throttled.GetValueOrDefault(ThrottleReason.UnderVoltage) || HasAlarm(readings))
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

    private bool HasAlarm(ReadOnlySpan<SensorReading> readings)
    {
        foreach (var alarm in _alarms)
        {
            if (readings[alarm].Usable > 0)
                return true;
        }
        return false;
    }

    private static NodeState? StateAt(string kind) => kind switch
    {
        "crit" => NodeState.Critical,
        "max" or "hot" => NodeState.Elevated,
        _ => null,
    };
}

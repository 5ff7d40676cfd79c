using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Fleet;

/// <summary>Judges a node that is heard: throttled by more than a frequency or power cap, or at a max limit, is elevated; under-voltage, at a critical limit or under a
/// critical temperature alarm is critical.</summary>
internal sealed class HealthRules
{
    private readonly TemperatureBounds _bounds;
    private readonly List<int> _alarms = [];

    /// <param name="bounds">Of the same sensors.</param>
    public HealthRules(ImmutableArray<FleetSensor> sensors, TemperatureBounds bounds)
    {
        _bounds = bounds;
        for (var i = 0; i < sensors.Length; i++)
        {
            var limit = SensorLimit.Of(sensors[i]);
            if (sensors[i].Quantity == Quantity.State && limit.Channel.StartsWith("temp", StringComparison.Ordinal) && limit.Kind == "crit_alarm")
                _alarms.Add(i);
        }
    }

    public NodeState Judge(SensorReading[] readings, ImmutableSortedDictionary<ThrottleReason, bool> throttled)
    {
        if (throttled.GetValueOrDefault(ThrottleReason.UnderVoltage) || HasAlarm(readings))
            return NodeState.Critical;
        // A lowered clock and a power limit may be settings, a granted cap among them; what forces a node down has a reason of its own.
        var worst = throttled.Any(reason => reason.Value && reason.Key is not (ThrottleReason.FrequencyCapped or ThrottleReason.Power)) ? NodeState.Elevated : NodeState.Ok;
        foreach (var (kind, headroom) in _bounds.Headrooms(readings))
        {
            if (headroom.Millicelsius <= 0 && StateAt(kind) is { } state && state > worst)
                worst = state;
        }
        return worst;
    }

    private bool HasAlarm(SensorReading[] readings)
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

using Homelab.NodeAgent.Actuators;
using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Enforcement;

/// <summary>What a sample says to whoever holds the node to a cap.</summary>
/// <param name="Node">The whole node, measured, or measured but for a constant rest; null where it is only modelled: a model must not be taught by itself.</param>
/// <param name="Use">Share of the processors' time that was used, 0 to 1; NaN while it is not known, which is neither rest nor load.</param>
/// <param name="From">Begin of the interval that this is of, on the clock of leases.</param>
internal readonly record struct NodeDraw(Power? Node, double Use, TimeSpan From);

/// <summary>Reads samples for the keeper: the node's draw, and that of each limited device.</summary>
internal sealed class DrawReader
{
    private TimeSpan? _last;
    private Inventory? _inventory;
    private int[] _sensors = [];
    private int _use = -1;

    /// <summary>Sets each slot's draw.</summary>
    /// <param name="clock">Brings the sample's moments over.</param>
    public NodeDraw Read(NodeSample sample, IReadOnlyList<LimiterSlot> slots, LeaseClock clock)
    {
        if (!ReferenceEquals(sample.Inventory, _inventory))
            Find(sample.Inventory, slots);
        for (var i = 0; i < slots.Count; i++)
            slots[i].Draw = _sensors[i] >= 0 ? DrawOf(sample, _sensors[i]) : null;
        var from = clock.Of(_last ?? sample.Monotonic);
        _last = sample.Monotonic;
        var use = _use >= 0 && sample.Readings[_use] is { Quality: Quality.Ok, Micros: { } micros } ? Math.Clamp(micros / 1e6, 0, 1) : double.NaN;
        return new NodeDraw(sample.Power.Provenance is Provenance.Measured or Provenance.Apportioned ? sample.Power.Watts : null, use, from);
    }

    private void Find(Inventory inventory, IReadOnlyList<LimiterSlot> slots)
    {
        _inventory = inventory;
        _sensors = new int[slots.Count];
        for (var i = 0; i < slots.Count; i++)
            _sensors[i] = SensorOf(slots[i].Info, inventory.Sensors);
        _use = -1;
        for (var i = 0; i < inventory.Sensors.Count && _use < 0; i++)
            _use = inventory.Sensors[i] is { Source: "cpu", Name: "utilization", Quantity: Quantity.Ratio } ? i : -1;
    }

    /// <summary>The sensor that measures what a limiter holds; -1 when there is none. Energy rather than power: a mean rather than a moment.</summary>
    internal static int SensorOf(LimiterInfo limiter, IReadOnlyList<SensorInfo> sensors)
    {
        var id = limiter.Name[(limiter.Name.IndexOf(':', StringComparison.Ordinal) + 1)..];
        var found = -1;
        for (var i = 0; i < sensors.Count; i++)
        {
            if (!Measures(sensors[i], limiter.Family, id))
                continue;
            if (sensors[i].Quantity == Quantity.Energy)
                return i;
            found = found < 0 ? i : found;
        }
        return found;
    }

    private static bool Measures(SensorInfo sensor, string family, string id)
    {
        if (sensor.Shape == SensorShape.Limit || sensor.Quantity is not (Quantity.Energy or Quantity.Power))
            return false;
        return family switch
        {
            // The MMIO zone is the same silicon counter.
            "rapl" => sensor.Source == "powercap" && sensor.Label == id && !sensor.Device.StartsWith("intel-rapl-mmio", StringComparison.Ordinal),
            "acpi-meter" => sensor.Source == "hwmon" && sensor.Device.StartsWith("power_meter", StringComparison.Ordinal) && sensor.Name.StartsWith(id, StringComparison.Ordinal),
            "cpufreq" or "devfreq" => false,
            _ => sensor.Device.Contains(id, StringComparison.Ordinal),
        };
    }

    /// <summary>A counter's mean is over the time between its own two readings: the end of a pass comes when its slowest source has answered.</summary>
    private static Power? DrawOf(NodeSample sample, int sensor)
    {
        if (sample.Readings[sensor] is not { Quality: Quality.Ok, Micros: { } micros })
            return null;
        return sample.Inventory.Sensors[sensor].Quantity == Quantity.Power ? new Power(micros) : sample.Means[sensor];
    }
}

using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Sampling;

/// <summary>Brings the containers' processor time, the node's and the node's energy together for the split. Owned by the sampling loop.</summary>
/// <param name="idle">What a board like this one draws at rest.</param>
internal sealed class Attribution(Power idle)
{
    /// <summary>Pods that are told by name: with idle, system and the rest 13 series a node.</summary>
    private const int MostPods = 10;

    private readonly EnergySplit _split = new();
    private readonly PodBook _book = new(MostPods);
    private readonly IdleLevel _rest = new(idle);
    private ContainerUse[] _uses = [];
    private IReadOnlyList<SensorInfo>? _sensors;
    private int _busy = -1;

    public SplitState Split => _split.State;

    public PodReport Pods { get; private set; } = new(Energy.Zero, Energy.Zero, Energy.Zero, Energy.Zero, []);

    /// <summary>Takes a pass in whose container times were read in it; what a pass without them gained comes with the next.</summary>
    public void Take(SourceState containers, IReadOnlyList<SensorInfo> sensors, ReadOnlySpan<Reading> readings, PowerPlan plan, NodeMeter meter, TimeSpan now)
    {
        if (!ReferenceEquals(sensors, _sensors))
            (_sensors, _busy) = (sensors, Find(sensors));
        double? use = plan.Utilization >= 0 && readings[plan.Utilization] is { Quality: Quality.Ok, Micros: { } micros } ? micros / 1e6 : null;
        _rest.Observe(meter.Power, use);
        if (_busy < 0 || readings[_busy] is not { Quality: Quality.Ok, Micros: { } busy })
            return;
        if (_uses.Length != containers.Sensors.Count)
            _uses = new ContainerUse[containers.Sensors.Count];
        for (var i = 0; i < _uses.Length; i++)
        {
            var (info, reading) = (containers.Sensors[i], containers.Readings[i]);
            // Cards' energy by process is known to no source yet: its place is here.
            _uses[i] = new ContainerUse(info.Device, info.Name, reading is { Quality: Quality.Ok, Micros: { } time } ? TimeSpan.FromMicroseconds(time) : null);
        }
        _split.Take(meter.Energy, TimeSpan.FromMicroseconds(busy), _rest.Level ?? Power.Zero, _uses, now);
        Pods = _book.Read(_split.State);
    }

    private static int Find(IReadOnlyList<SensorInfo> sensors)
    {
        for (var i = 0; i < sensors.Count; i++)
        {
            if (sensors[i] is { Source: "cpu", Name: "busy", Quantity: Quantity.Duration })
                return i;
        }
        return -1;
    }
}

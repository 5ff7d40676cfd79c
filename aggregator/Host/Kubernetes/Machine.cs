using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Labels;
using Homelab.Units;

namespace Homelab.Aggregator.Kubernetes;

/// <summary>What an agent's inventory says of its machine. Pure.</summary>
internal static class Machine
{
    /// <summary>The first family in this order that the node has: what holds the whole machine, then what holds most of its draw.</summary>
    private static readonly (string Prefix, ActuatorKind Kind)[] Families =
        [
            ("acpi-meter:", ActuatorKind.Acpi), ("rapl:", ActuatorKind.Rapl), ("nvml:", ActuatorKind.Nvml), ("amdgpu:", ActuatorKind.Amdgpu),
            ("xe:", ActuatorKind.Xe), ("i915:", ActuatorKind.I915), ("cpufreq:", ActuatorKind.Freq), ("devfreq:", ActuatorKind.Freq),
        ];

    public static ActuatorKind Actuator(NodeIdentity? identity)
    {
        foreach (var (prefix, kind) in Families)
        {
            if (identity?.Limiters.Any(name => name.StartsWith(prefix, StringComparison.Ordinal)) == true)
                return kind;
        }
        return ActuatorKind.None;
    }

    /// <summary>An AMD card of its own has a junction sensor; an APU's graphics has only an edge.</summary>
    public static bool HasGpu(NodeIdentity? identity) => identity is not null
        && identity.Sensors.Any(sensor => sensor.Source == "nvidia" || (sensor.Label == "junction" && sensor.Chip == "amdgpu"));

    /// <summary>What feeds the node: the battery where the fleet runs from one, else what the machine says of itself. Nothing said is not mains.</summary>
    public static SupplyKind Supply(NodeSnapshot node, ControlView? control) =>
        control?.IsOnBattery == true ? SupplyKind.Battery : node.IsOnBattery switch
        {
            true => SupplyKind.Battery,
            false => SupplyKind.Mains,
            null => SupplyKind.Unknown,
        };

    /// <summary>Clock cycles of all processors for a joule at full load: an estimate that only ranks. Null where clock, processors or ceiling are not known.</summary>
    public static double? Efficiency(NodeSnapshot node, Power? ceiling)
    {
        if (ceiling is not { Microwatts: > 0 } most || node.Identity is not { Machine.LogicalCpus: > 0 and var cpus } identity)
            return null;
        long clock = 0;
        for (var i = 0; i < identity.Sensors.Length && i < node.Readings.Length; i++)
        {
            if (identity.Sensors[i] is { Source: "cpufreq", Name: "cpuinfo_max_freq", Quantity: Quantity.Frequency } && node.Readings[i].Usable is { } micros)
                clock = Math.Max(clock, micros);
        }
        return clock > 0 ? clock / 1e6 * cpus / most.Watts : null;
    }
}

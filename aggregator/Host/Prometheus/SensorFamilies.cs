using System.Collections.Immutable;
using Homelab.Aggregator.Fleet;
using Homelab.Units;
using F = Homelab.Aggregator.Prometheus.MetricFamilies;

namespace Homelab.Aggregator.Prometheus;

/// <summary>The family a sensor belongs to, and its label values after <c>node</c>.</summary>
internal readonly record struct SensorPlace(MetricFamily Family, ImmutableArray<string> Labels);

/// <summary>Decides the metric of a sensor from what its inventory says of it. Null: it has none.</summary>
internal static class SensorFamilies
{
    public static SensorPlace? Of(FleetSensor sensor) => GpuFamilies.IsGpu(sensor) ? GpuFamilies.Of(sensor) : BoardFamilies.Of(sensor) ?? Common(sensor);

    private static SensorPlace? Common(FleetSensor sensor) => (sensor.Quantity, sensor.Shape) switch
    {
        (Quantity.Power, SensorShape.Gauge) => Place(F.ComponentPower, Component(sensor), sensor.Device),
        (Quantity.Energy, SensorShape.Counter) => Place(F.ComponentEnergy, Component(sensor), sensor.Device),
        (Quantity.Power, SensorShape.Limit) => Place(F.NodePowerLimit, sensor.Device, PowerLimit(sensor)),
        (Quantity.Temperature, SensorShape.Gauge) => Place(F.Temperature, sensor.Device, sensor.Name, sensor.Label),
        (Quantity.Temperature, SensorShape.Limit) when SensorLimit.Of(sensor).Kind is "throttle" or "max" or "hot" or "crit" or "emergency" => Place(F.TemperatureLimit, sensor.Device, SensorLimit.Of(sensor).Channel, SensorLimit.Of(sensor).Kind),
        (Quantity.RotationSpeed, SensorShape.Gauge) => Place(F.Fan, sensor.Device, sensor.Name),
        (Quantity.Voltage, SensorShape.Gauge) => Place(F.Voltage, sensor.Device, sensor.Name),
        (Quantity.Current, SensorShape.Gauge) => Place(F.Current, sensor.Device, sensor.Name),
        (Quantity.Frequency, SensorShape.Gauge) when sensor.Source == "cpufreq" => Place(F.CpuFrequency, sensor.Device),
        (Quantity.Frequency, SensorShape.Limit) when sensor is { Source: "cpufreq", Name: "scaling_max_freq" } => Place(F.CpuFrequencyMax, sensor.Device),
        (Quantity.Ratio, SensorShape.Gauge) when sensor.Source == "cooling" => Place(F.CoolingState, sensor.Device),
        (Quantity.Ratio, SensorShape.Gauge) when sensor.Source == "pressure" => Place(F.Pressure, sensor.Device, Kind(sensor)),
        (Quantity.Duration, SensorShape.Counter) when sensor.Source == "pressure" => Place(F.PressureStalled, sensor.Device, Kind(sensor)),
        _ => null,
    };

    /// <summary>What part of the machine a power or energy channel covers: the RAPL zone's own word, else the channel's label or name.</summary>
    private static string Component(FleetSensor sensor)
    {
        if (sensor.Source == "ipmi")
            return sensor.Title + sensor.Name.AsSpan()["power".Length..].ToString();
        if (sensor.Source is not ("powercap" or "perf"))
            return sensor.Title;
        var zone = sensor.Label;
        return zone switch
        {
            _ when zone.StartsWith("package", StringComparison.Ordinal) => "cpu_package",
            _ when zone.StartsWith("core", StringComparison.Ordinal) => "cpu_core",
            _ when zone.StartsWith("uncore", StringComparison.Ordinal) => "uncore",
            _ when zone.StartsWith("dram", StringComparison.Ordinal) => "dram",
            _ when zone.StartsWith("psys", StringComparison.Ordinal) => "psys",
            _ => "other",
        };
    }

    /// <summary>The kind, with the channel where a device has several (<c>power2_cap</c>).</summary>
    private static string PowerLimit(FleetSensor sensor)
    {
        var (channel, kind) = SensorLimit.Of(sensor);
        return sensor.Source == "powercap" || channel == "power1" ? kind : $"{channel}_{kind}";
    }

    /// <summary><c>some</c> or <c>full</c>, the first word of the channel.</summary>
    private static string Kind(FleetSensor sensor) => SensorLimit.Of(sensor).Channel;

    private static SensorPlace Place(MetricFamily family, params ImmutableArray<string> labels) => new(family, labels);
}

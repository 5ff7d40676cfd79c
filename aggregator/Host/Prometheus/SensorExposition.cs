using System.Collections.Immutable;
using Homelab.Aggregator.Fleet;
using F = Homelab.Aggregator.Prometheus.MetricFamilies;

namespace Homelab.Aggregator.Prometheus;

/// <summary>
/// The families that say one thing of each sensor. <see cref="SensorFamilies"/> gives every sensor at most one family; a sensor
/// without a usable value, or of a node that is down, is absent.
/// </summary>
internal static class SensorExposition
{
    private static readonly MetricFamily[] Families =
    [
        F.ComponentPower, F.ComponentEnergy, F.NodePowerLimit, F.CpuFrequency, F.CpuFrequencyMax, F.Temperature,
        F.TemperatureLimit, F.Fan, F.CoolingState, F.Voltage, F.Current, F.Pressure, F.PressureStalled,
        .. GpuFamilies.All,
    ];

    public static void Write(ExpositionWriter writer, ImmutableArray<NodeSnapshot> nodes)
    {
        var samples = Families.ToDictionary(family => family, _ => new List<(double Value, string[] Labels)>());
        foreach (var node in nodes)
        {
            if (node.Link != NodeLink.Down)
                Sort(node, samples);
        }
        foreach (var family in Families)
        {
            writer.Begin(family);
            foreach (var (value, labels) in samples[family])
                writer.Sample(value, labels);
        }
    }

    private static void Sort(NodeSnapshot node, Dictionary<MetricFamily, List<(double, string[])>> samples)
    {
        for (var i = 0; i < node.Readings.Length; i++)
        {
            if (node.Readings[i].Usable is { } micros && SensorFamilies.Of(node.Identity!.Sensors[i]) is { } place)
                samples[place.Family].Add((micros / 1e6, [node.Name.Value, .. place.Labels]));
        }
    }
}

using System.Collections.Immutable;
using Homelab.Aggregator.Fleet;
using F = Homelab.Aggregator.Prometheus.MetricFamilies;

namespace Homelab.Aggregator.Prometheus;

/// <summary>
/// The families that say one thing of each sensor. <see cref="SensorFamilies"/> gives every sensor at most one family; a sensor
/// without a usable value, or of a node that is down, is absent. A board with a thousand channels fills the node's series in the
/// order of <see cref="MetricFamilies.OfSensors"/>, and what is over is counted.
/// </summary>
internal static class SensorExposition
{
    /// <summary>Series of one node, those of its GPUs apart.</summary>
    public const int MostOfANode = 150;

    /// <summary>Series of one GPU.</summary>
    public const int MostOfAGpu = 35;

    /// <summary>So many of a family come before any more of it: 64 cores' clocks do not push out the voltages.</summary>
    private const int FirstOfAFamily = 16;

    public static void Write(ExpositionWriter writer, ImmutableArray<NodeSnapshot> nodes)
    {
        ImmutableArray<MetricFamily> families = [.. F.OfSensors, BoardFamilies.LeftOut, .. GpuFamilies.All];
        var samples = families.ToDictionary(family => family, _ => new List<(double Value, string[] Labels)>());
        foreach (var node in nodes)
        {
            if (node.Link != NodeLink.Down && node.Identity is { } identity)
                Sort(node, identity, Math.Max(0, MostOfANode - writer.SeriesOf(node.Name.Value) - 1), samples);
        }
        foreach (var family in families)
        {
            writer.Begin(family);
            foreach (var (value, labels) in samples[family])
                writer.Sample(value, labels);
        }
    }

    private static void Sort(NodeSnapshot node, NodeIdentity identity, int room, Dictionary<MetricFamily, List<(double, string[])>> samples)
    {
        var name = node.Name.Value;
        var places = new List<(double Value, SensorPlace Place, int Rank)>();
        var gpus = new Dictionary<string, int>(StringComparer.Ordinal);
        var (leftOut, alarms, raised) = (0, 0, 0);
        for (var i = 0; i < node.Readings.Length; i++)
        {
            var sensor = identity.Sensors[i];
            if (GpuFamilies.IsGpu(sensor) && gpus.TryAdd(sensor.Device, 1))
                samples[GpuFamilies.Facts].Add((1, [name, sensor.Device, GpuFamilies.Vendor(sensor), sensor.Product, sensor.Uuid, sensor.Driver, GpuFamilies.BusAddress(sensor)]));
            if (node.Readings[i].Usable is not { } micros || SensorFamilies.Of(sensor) is not { } place)
                continue;
            if (place.Family == BoardFamilies.Alarm)
            {
                (alarms, raised) = (alarms + 1, raised + (micros > 0 ? 1 : 0));
                if (micros <= 0)
                    continue;
            }
            if (place.Family == GpuFamilies.XidErrors)
            {
                foreach (var (xid, errors) in XidKinds.Of(identity, node.Readings, i))
                {
                    if (++gpus[sensor.Device] <= MostOfAGpu)
                        samples[place.Family].Add((errors, [name, sensor.Device, xid]));
                    else
                        leftOut++;
                }
                continue;
            }
            var rank = F.OfSensors.IndexOf(place.Family);
            if (rank >= 0)
                places.Add((micros / 1e6, place, rank));
            else if ((gpus[place.Labels[0]] = gpus.GetValueOrDefault(place.Labels[0]) + 1) <= MostOfAGpu)
                samples[place.Family].Add((micros / 1e6, [name, .. place.Labels]));
            else
                leftOut++;
        }
        if (alarms > 0)
            places.Add((raised, new SensorPlace(BoardFamilies.AlarmsRaised, []), F.OfSensors.IndexOf(BoardFamilies.AlarmsRaised)));
        var families = places.GroupBy(each => each.Rank).OrderBy(family => family.Key).ToArray();
        var inOrder = families.SelectMany(family => family.Take(FirstOfAFamily)).Concat(families.SelectMany(family => family.Skip(FirstOfAFamily)));
        foreach (var (value, place, _) in inOrder.Take(room))
            samples[place.Family].Add((value, [name, .. place.Labels]));
        samples[BoardFamilies.LeftOut].Add((leftOut + Math.Max(0, places.Count - room), [name]));
    }
}

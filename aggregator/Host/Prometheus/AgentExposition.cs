using System.Collections.Immutable;
using Homelab.Aggregator.Fleet;
using F = Homelab.Aggregator.Prometheus.MetricFamilies;

namespace Homelab.Aggregator.Prometheus;

/// <summary>The families about each node's agent and its sensor sources.</summary>
internal static class AgentExposition
{
    public static void Write(ExpositionWriter writer, ImmutableArray<NodeSnapshot> nodes)
    {
        FleetExposition.Each(writer, F.AgentUp, nodes, node => node.Link == NodeLink.Down ? 0 : 1);
        // What only a greeting tells is absent for a node known by its stored energy alone.
        var greeted = nodes.Where(node => node.Identity is not null).ToArray();
        // A gauge of a node that is down is history; its counters stand.
        var live = greeted.Where(node => node.Link != NodeLink.Down).ToArray();
        FleetExposition.Each(writer, F.AgentLastSeen, greeted, node => node.LastSeen?.ToUnixTimeMilliseconds() / 1e3);
        FleetExposition.Each(writer, F.AgentClockSkew, live, node => node.ClockSkew?.TotalSeconds);
        FleetExposition.Each(writer, F.AgentBuild, greeted, (to, node) => to.Sample(1, node.Name.Value, node.Identity!.AgentVersion));
        FleetExposition.Each(writer, F.AgentReconnects, greeted, node => node.Reconnects);
        FleetExposition.Each(writer, F.AgentSamples, greeted, node => node.Samples);
        FleetExposition.Each(writer, F.AgentDropped, greeted, (to, node) =>
        {
            to.Sample(node.DroppedOfInventory, node.Name.Value, "inventory");
            to.Sample(node.DroppedOfStream, node.Name.Value, "stream");
        });
        FleetExposition.Each(writer, F.AgentEnergyRefused, greeted, node => node.EnergyRefusals);
        FleetExposition.Each(writer, F.AgentMemory, live, node => node.Cost?.ResidentBytes);
        FleetExposition.Each(writer, F.AgentCpu, greeted, node => node.Cost?.Processor.TotalSeconds);
        FleetExposition.Each(writer, F.AgentPower, live, node => node.Learned.Agent?.Watts);
        FleetExposition.Each(writer, F.AgentCertificate, live, node => node.Identity!.CertificateExpiry?.ToUnixTimeSeconds());
        FleetExposition.Each(writer, F.AgentIngestLatency, greeted, (to, node) =>
            to.Histogram(DelayHistogram.Bounds.AsSpan(), node.IngestDelay.Counts.AsSpan(), node.IngestDelay.Sum.TotalSeconds, node.Name.Value));
        EachSource(writer, F.CollectorSuccess, live, source => source.Success ? 1 : 0);
        EachSource(writer, F.CollectorDuration, live, source => source.Duration.TotalSeconds);
        EachSource(writer, F.CollectorLastSuccess, greeted, source => source.LastSuccess?.ToUnixTimeMilliseconds() / 1e3);
        EachSource(writer, F.CollectorFailures, greeted, source => source.Failures);
    }

    private static void EachSource(ExpositionWriter writer, MetricFamily family, NodeSnapshot[] nodes, Func<SourceReport, double?> value) =>
        FleetExposition.Each(writer, family, nodes, (to, node) =>
        {
            foreach (var source in node.Sources.Values)
            {
                if (value(source) is { } sample)
                    to.Sample(sample, node.Name.Value, source.Source);
            }
        });
}

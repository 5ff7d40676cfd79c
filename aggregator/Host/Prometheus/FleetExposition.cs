using Homelab.Aggregator.Configuration;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Prometheus.Compatibility;
using F = Homelab.Aggregator.Prometheus.MetricFamilies;

namespace Homelab.Aggregator.Prometheus;

/// <summary>What the aggregator says of its own process at one scrape.</summary>
internal sealed record ProcessFacts(
    string Version, string Revision, string Runtime, TimeSpan Processor, long ResidentBytes, DateTimeOffset Started, int? OpenFiles)
{
    /// <summary>Size of the files that outlive it; null where they can not be seen.</summary>
    public long? StateBytes { get; init; }
}

/// <summary>Writes a whole exposition from one snapshot. Pure: the same snapshot gives the same bytes.</summary>
internal static class FleetExposition
{
    private static readonly string[] States = ["ok", "elevated", "critical", "unknown"];

    public static void Write(ExpositionWriter writer, FleetSnapshot fleet, ProcessFacts process, ClustersView? clusters = null, CompatibilityOptions? compatibility = null)
    {
        NodeExposition.Write(writer, fleet.Nodes, fleet.Control);
        WriteFleet(writer, fleet);
        AgentExposition.Write(writer, fleet.Nodes);
        if (fleet.Control is { } control)
            ControlExposition.Write(writer, fleet, control);
        // After all else that is said of nodes: sensors share what is left of a node's series.
        SensorExposition.Write(writer, fleet.Nodes);
        if (clusters is not null)
            KubernetesExposition.Write(writer, clusters);
        WriteAggregator(writer, fleet, process);
        if (compatibility is not null)
            CompatibilityExposition.Write(writer, fleet.Nodes, compatibility);
        writer.End();
    }

    /// <summary>Writes one family: every node's samples of it, in node order.</summary>
    public static void Each(ExpositionWriter writer, MetricFamily family, IEnumerable<NodeSnapshot> nodes, Action<ExpositionWriter, NodeSnapshot> sample)
    {
        writer.Begin(family);
        foreach (var node in nodes)
            sample(writer, node);
    }

    /// <summary>A family of at most one sample a node; null is absence and writes nothing.</summary>
    public static void Each(ExpositionWriter writer, MetricFamily family, IEnumerable<NodeSnapshot> nodes, Func<NodeSnapshot, double?> value) =>
        Each(writer, family, nodes, (to, node) =>
        {
            if (value(node) is { } sample)
                to.Sample(sample, node.Name.Value);
        });

    /// <summary>One sample for each of the four states, 1 for the one that holds.</summary>
    public static void StateSet(ExpositionWriter writer, string state, string? node = null)
    {
        foreach (var each in States)
        {
            if (node is null)
                writer.Sample(each == state ? 1 : 0, each);
            else
                writer.Sample(each == state ? 1 : 0, node, each);
        }
    }

    /// <summary>The sums are taken over the smoothed figures, so that they agree with the sum of the nodes' own series, each machine once.</summary>
    private static void WriteFleet(ExpositionWriter writer, FleetSnapshot fleet)
    {
        var smoothed = fleet.Nodes.Where(node => node is { SmoothedPower: not null, IsRepeated: false }).Select(node => node.SmoothedPower!.Value.Watts).ToArray();
        double? power = smoothed.Length == 0 ? null : smoothed.Sum();
        One(writer, F.FleetPower, power);
        One(writer, F.FleetUncertainty, fleet.Balance.Uncertainty);
        One(writer, F.FleetBudget, fleet.Balance.Budget.Watts);
        One(writer, F.FleetHeadroom, fleet.Balance.Budget.Watts - power);
        One(writer, F.FleetEnergy, fleet.Energy?.Joules);
        writer.Begin(F.FleetState);
        StateSet(writer, Budgeting.FleetStateNames.Word(fleet.Balance.State));
        One(writer, F.FleetOverBudget, fleet.OverBudget.TotalSeconds);
        writer.Begin(F.FleetNodes);
        foreach (var state in States)
            writer.Sample(fleet.Nodes.Count(node => node.State.Word() == state), state);
        One(writer, F.FleetNodesMissing, fleet.Balance.Missing);
    }

    private static void WriteAggregator(ExpositionWriter writer, FleetSnapshot fleet, ProcessFacts process)
    {
        writer.Begin(F.AggregatorBuild);
        writer.Sample(1, process.Version, process.Revision, process.Runtime);
        One(writer, F.AggregatorLeader, fleet.Control is { } control ? (control.Leader.Leads ? 1 : 0) : null);
        One(writer, F.AggregatorStreams, fleet.Streams);
        One(writer, F.AggregatorStorage, fleet.StorageFailure.Length == 0 ? 1 : 0);
        One(writer, F.AggregatorState, process.StateBytes);
        One(writer, F.ProcessCpu, process.Processor.TotalSeconds);
        One(writer, F.ProcessMemory, process.ResidentBytes);
        One(writer, F.ProcessStart, process.Started.ToUnixTimeMilliseconds() / 1e3);
        One(writer, F.ProcessFiles, process.OpenFiles);
    }

    /// <summary>A family of at most one sample.</summary>
    public static void One(ExpositionWriter writer, MetricFamily family, double? value)
    {
        writer.Begin(family);
        if (value is { } sample)
            writer.Sample(sample);
    }
}

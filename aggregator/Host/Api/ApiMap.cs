using System.Globalization;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Fleet;
using Homelab.Units;

namespace Homelab.Aggregator.Api;

/// <summary>Turns snapshots into API documents. Pure.</summary>
internal static class ApiMap
{
    public static FleetDocument Fleet(FleetSnapshot fleet, ControlMode configured) => new(
        FleetDocument.SchemaName,
        Time(fleet.At.Wall),
        new BudgetDocument(fleet.Balance.Budget.Watts, (fleet.Control?.State.Mode ?? configured).Word()),
        new FleetPowerDocument(
            fleet.Balance.Power?.Watts, fleet.Balance.Uncertainty, fleet.Balance.Headroom?.Watts,
            FleetStateNames.Word(fleet.Balance.State)),
        fleet.Energy?.Joules,
        fleet.OverBudget.TotalSeconds,
        fleet.Balance.Reporting,
        fleet.Balance.Missing,
        [.. fleet.Nodes.Select(node => Node(node, fleet.Control))],
        fleet.Control is { } control ? ControlMap.Fleet(control) : null);

    public static NodesDocument Nodes(FleetSnapshot fleet) =>
        new(NodesDocument.SchemaName, Time(fleet.At.Wall), [.. fleet.Nodes.Select(node => Node(node, fleet.Control))]);

    public static NodeDetailDocument Detail(NodeSnapshot node, ControlView? control, Moment at)
    {
        var machine = node.Identity?.Machine ?? MachineFacts.Unknown;
        return new NodeDetailDocument(
            NodeDetailDocument.SchemaName,
            Time(at.Wall),
            Node(node, control),
            new MachineDocument(
                machine.BootId, machine.Kernel,
                machine.LogicalCpus == 0 ? null : machine.LogicalCpus, machine.MemoryBytes == 0 ? null : machine.MemoryBytes),
            [.. node.Readings.Select((reading, index) => Reading(node.Identity!.Sensors[index], reading, QualityOf(node, reading)))],
            [.. node.Sources.Values.Select(Source)])
        {
            Split = node.Split is { } split
                ? new SplitDocument(
                    split.Idle.Joules, split.System.Joules, split.Other.Joules, split.Ended.Joules,
                    [.. split.Pods.Select(static pod => new PodDocument(pod.Uid, pod.Namespace, pod.Name, pod.Energy.Joules))])
                : null,
        };
    }

    private static NodeDocument Node(NodeSnapshot node, ControlView? control)
    {
        var identity = node.Identity;
        var machine = identity?.Machine ?? MachineFacts.Unknown;
        var ok = node.Readings.Count(reading => QualityOf(node, reading) == Quality.Ok);
        return new NodeDocument(
            node.Name.Value, node.Link != NodeLink.Down, LinkWord(node.Link), node.State.Word(),
            node.LastSeen is { } seen ? Time(seen) : null, machine.Replay,
            new NodePowerDocument(
                node.Power.Watts?.Watts, node.Power.Provenance.Word(), node.Power.Source, node.Power.Scope.Word(), node.Power.Uncertainty)
            {
                IdleWatts = node.Learned.Idle?.Watts,
                PeakWatts = node.Learned.Peak?.Watts,
            },
            node.Energy?.Joules,
            node.Temperature is { } picked ? new TemperatureDocument(picked.Value.Celsius, picked.Sensor) : null,
            node.CpuUseMicros / 1e6,
            [.. node.Throttled.Where(reason => reason.Value).Select(reason => reason.Key.Word())],
            machine.Board, machine.Processor, machine.Architecture, machine.OperatingSystem, identity?.AgentVersion ?? "",
            node.Reconnects, new SensorCountDocument(ok, node.Readings.Length - ok), ControlMap.Node(control, node.Name))
        {
            SharedHost = node.SharedHost is { } host ? new SharedHostDocument(host.Name, host.CountedBy.Value) : null,
            Cluster = control?.Clusters.GetValueOrDefault(node.Name),
            Throttles = [.. Throttles(node)],
        };
    }

    private static IEnumerable<ThrottleDocument> Throttles(NodeSnapshot node) => node.ThrottledTime.Keys
        .Union(node.Throttled.Keys).Union(node.ThrottledSinceBoot.Keys).Order()
        .Select(reason => new ThrottleDocument(
            reason.Word(),
            node.Throttled.TryGetValue(reason, out var now) ? now : null,
            node.ThrottledSinceBoot.TryGetValue(reason, out var since) ? since : null,
            node.ThrottledTime.GetValueOrDefault(reason).TotalSeconds));

    /// <summary>What a node said last before it went down is not read now.</summary>
    private static Quality QualityOf(NodeSnapshot node, SensorReading reading) =>
        node.Link == NodeLink.Down && reading.Quality == Quality.Ok ? Quality.Stale : reading.Quality;

    private static ReadingDocument Reading(FleetSensor sensor, SensorReading reading, Quality quality) => new(
        sensor.Source, sensor.Device, sensor.Name, sensor.Label, sensor.Quantity.Word(), sensor.Quantity.Unit(),
        reading.Micros / 1e6, quality.Word(), sensor.Path, reading.Detail)
    {
        Product = sensor.Product.Length > 0 ? sensor.Product : null,
        Uuid = sensor.Uuid.Length > 0 ? sensor.Uuid : null,
        Driver = sensor.Driver.Length > 0 ? sensor.Driver : null,
    };

    private static SourceDocument Source(SourceReport source) => new(
        source.Source, source.Success, source.Duration.TotalSeconds,
        source.LastSuccess is { } last ? Time(last) : null, source.Failures, source.Detail);

    private static string LinkWord(NodeLink link) => link switch
    {
        NodeLink.Up => "up",
        NodeLink.Stale => "stale",
        _ => "down",
    };

    private static string Time(DateTimeOffset wall) =>
        wall.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}

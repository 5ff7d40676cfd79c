using System.Collections.Immutable;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Fleet;
using F = Homelab.Aggregator.Prometheus.MetricFamilies;

namespace Homelab.Aggregator.Prometheus;

/// <summary>The families that say what the control loop does. Absent until its first round.</summary>
internal static class ControlExposition
{
    private static readonly ControlMode[] Modes = [ControlMode.Observe, ControlMode.Label, ControlMode.Cap];
    private static readonly string[] Alarms = ["brake", "fenced", "futile", "infeasible", "minority", "oscillating", "over-budget", "shared-host", "silent", "uncontrolled", "unseen-cluster"];

    public static void Write(ExpositionWriter writer, FleetSnapshot fleet, ControlView control)
    {
        WriteNodes(writer, fleet, control);
        WriteFleet(writer, control);
        WriteGroups(writer, control.State.Groups);
        WriteCounts(writer, control);
    }

    private static void WriteNodes(ExpositionWriter writer, FleetSnapshot fleet, ControlView control)
    {
        Each(writer, F.NodeAllocation, control, node => node.Cap?.Watts);
        Each(writer, F.NodeCap, control, node => node.Effective?.Watts);
        FleetExposition.Each(writer, F.NodeHeadroom, fleet.Nodes, node => control.Find(node.Name)?.Cap?.Watts - node.SmoothedPower?.Watts);
        Each(writer, F.NodeDemand, control, node => node.Demand.Watts);
        Each(writer, F.NodeCommitted, control, node => node.Committed.Watts);
        Each(writer, F.NodeSafeShare, control, node => node.SafeShare?.Watts);
        writer.Begin(F.NodeStanding);
        foreach (var node in control.State.Nodes)
        {
            foreach (var standing in Enum.GetValues<NodeStanding>())
                writer.Sample(node.Standing == standing ? 1 : 0, node.Name.Value, standing.Word());
        }
        writer.Begin(F.NodeLease);
        foreach (var (name, lease) in control.Leases)
        {
            foreach (var standing in Enum.GetValues<LeaseStanding>())
                writer.Sample(lease.Standing == standing ? 1 : 0, name.Value, standing.Word());
        }
    }

    private static void WriteFleet(ExpositionWriter writer, ControlView control)
    {
        var state = control.State;
        writer.Begin(F.EnforcementMode);
        foreach (var mode in Modes)
            writer.Sample(state.Mode == mode ? 1 : 0, mode.Word());
        var top = state.Groups.IsEmpty ? null : state.Groups[0];
        FleetExposition.One(writer, F.FleetAllocatable, top?.Allocatable.Watts);
        FleetExposition.One(writer, F.FleetCommitted, top?.Committed.Watts);
        FleetExposition.One(writer, F.FleetGuard, state.Guard.Watts);
        FleetExposition.One(writer, F.FleetTrim, state.Trim.Watts);
    }

    private static void WriteGroups(ExpositionWriter writer, ImmutableArray<GroupControl> groups)
    {
        Each(writer, F.GroupBudget, groups, group => group.Limit.Watts);
        Each(writer, F.GroupAllocatable, groups, group => group.Allocatable.Watts);
        Each(writer, F.GroupCommitted, groups, group => group.Committed.Watts);
        Each(writer, F.GroupPower, groups, group => group.Measured.Watts);
    }

    private static void WriteCounts(ExpositionWriter writer, ControlView control)
    {
        writer.Begin(F.ControlAlarms);
        foreach (var word in Alarms.Union(control.State.Alarms.Select(alarm => alarm.Word)))
            writer.Sample(control.State.Alarms.Count(alarm => alarm.Word == word), word);
        var counts = control.Counts;
        Each(writer, F.Grants, counts.Grants);
        Each(writer, F.Decisions, counts.Decisions);
        writer.Begin(F.Actuations);
        foreach (var (key, count) in counts.Actuations)
            writer.Sample(count, key.Node.Value, key.Actuator, key.Outcome.Word());
        Histogram(writer, F.DecisionDuration, counts.Deciding);
        Histogram(writer, F.GrantLatency, counts.Granting);
        FleetExposition.One(writer, F.ControlStorage, control.StorageFailure.Length == 0 ? 1 : 0);
    }

    private static void Histogram(ExpositionWriter writer, MetricFamily family, DelayHistogram histogram)
    {
        writer.Begin(family);
        writer.Histogram(DelayHistogram.Bounds.AsSpan(), histogram.Counts.AsSpan(), histogram.Sum.TotalSeconds);
    }

    private static void Each(ExpositionWriter writer, MetricFamily family, ImmutableSortedDictionary<string, long> counts)
    {
        writer.Begin(family);
        foreach (var (kind, count) in counts)
            writer.Sample(count, kind);
    }

    private static void Each(ExpositionWriter writer, MetricFamily family, ControlView control, Func<NodeControl, double?> value)
    {
        writer.Begin(family);
        foreach (var node in control.State.Nodes)
        {
            if (value(node) is { } sample)
                writer.Sample(sample, node.Name.Value);
        }
    }

    private static void Each(ExpositionWriter writer, MetricFamily family, ImmutableArray<GroupControl> groups, Func<GroupControl, double> value)
    {
        writer.Begin(family);
        foreach (var group in groups)
            writer.Sample(value(group), group.Name);
    }
}

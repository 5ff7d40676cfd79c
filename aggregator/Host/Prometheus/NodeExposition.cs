using System.Collections.Immutable;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Fleet.Learned;
using Homelab.Units;
using F = Homelab.Aggregator.Prometheus.MetricFamilies;

namespace Homelab.Aggregator.Prometheus;

/// <summary>The families that say one thing of each node. A node that is down keeps its energy and its identity; the rest is absent.</summary>
internal static class NodeExposition
{
    /// <param name="control">Knows which cluster a node is in; null before the control loop's first round.</param>
    public static void Write(ExpositionWriter writer, ImmutableArray<NodeSnapshot> nodes, ControlView? control)
    {
        FleetExposition.Each(writer, F.NodePower, nodes, node => node.SmoothedPower?.Watts);
        FleetExposition.Each(writer, F.NodeEnergy, nodes, node => node.Energy?.Joules);
        FleetExposition.Each(writer, F.NodePowerSource, nodes, (to, node) =>
        {
            if (node.Link != NodeLink.Down && node.Power.Provenance != Provenance.None)
                to.Sample(1, node.Name.Value, node.Power.Source, node.Power.Provenance.Word(), node.Power.Scope.Word());
        });
        FleetExposition.Each(writer, F.NodePowerQuality, nodes, node => (int)node.Power.Provenance);
        FleetExposition.Each(writer, F.NodePowerUncertainty, nodes, node => node.Power.Watts is null ? null : node.Power.Uncertainty);
        FleetExposition.Each(writer, F.NodeIdle, nodes, node => Live(node)?.Idle?.Watts);
        FleetExposition.Each(writer, F.NodePeak, nodes, node => Live(node)?.Peak?.Watts);
        FleetExposition.Each(writer, F.NodeState, nodes, (to, node) => FleetExposition.StateSet(to, node.State.Word(), node.Name.Value));
        FleetExposition.Each(writer, F.NodeInfo, nodes, (to, node) =>
        {
            if (node.Identity is { Machine: var machine })
                to.Sample(1, node.Name.Value, machine.Board, machine.Processor, machine.Architecture, machine.Kernel, machine.OperatingSystem, machine.Virtualization,
                    control?.Clusters.GetValueOrDefault(node.Name) ?? "");
        });
        FleetExposition.Each(writer, F.NodeSharedHost, nodes, (to, node) =>
        {
            if (node.SharedHost is { } host)
                to.Sample(1, node.Name.Value, host.Name, node.IsRepeated ? "false" : "true");
        });
        FleetExposition.Each(writer, F.CpuUtilization, nodes, node => node.CpuUseMicros / 1e6);
        FleetExposition.Each(writer, F.ThermalHeadroom, nodes, node => node.ThermalHeadroom?.Celsius);
        FleetExposition.Each(writer, F.Ambient, nodes, node => Live(node)?.Ambient?.Celsius);
        FleetExposition.Each(writer, F.Resistance, nodes, node => Live(node)?.ThermalResistance);
        FleetExposition.Each(writer, F.ResistanceBaseline, nodes, node => Live(node)?.ThermalResistanceBaseline);
        FleetExposition.Each(writer, F.Throttled, nodes, (to, node) =>
        {
            foreach (var (reason, holds) in node.Throttled)
                to.Sample(holds ? 1 : 0, node.Name.Value, reason.Word());
        });
        FleetExposition.Each(writer, F.ThrottledSeconds, nodes, (to, node) =>
        {
            if (node.Link == NodeLink.Down)
                return;
            foreach (var (reason, time) in node.ThrottledTime)
                to.Sample(time.TotalSeconds, node.Name.Value, reason.Word());
        });
        FleetExposition.Each(writer, F.ThrottledSinceBoot, nodes, (to, node) =>
        {
            foreach (var (reason, held) in node.ThrottledSinceBoot)
                to.Sample(held ? 1 : 0, node.Name.Value, reason.Word());
        });
        FleetExposition.Each(writer, F.PodEnergy, nodes, (to, node) =>
        {
            if (node.Split is not { } split)
                return;
            to.Sample(split.Idle.Joules, node.Name.Value, "", "idle", "");
            to.Sample(split.System.Joules, node.Name.Value, "", "system", "");
            to.Sample(split.Other.Joules, node.Name.Value, "", "other", "");
            foreach (var pod in split.Pods)
                to.Sample(pod.Energy.Joules, node.Name.Value, pod.Namespace, pod.Name.Length > 0 ? pod.Name : pod.Uid, pod.Uid);
        });
    }

    private static LearnedFigures? Live(NodeSnapshot node) => node.Link == NodeLink.Down ? null : node.Learned;
}

using System.Collections.Immutable;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Simulation.Scenarios;
using Homelab.Units;

namespace Homelab.Aggregator.Simulation.Fleets;

/// <summary>A fleet that has run before: the aggregator and the agents remember safe shares that fit into the budget.</summary>
internal static class FirstDisk
{
    /// <summary>Share of the nodes' budget that the safe shares of the start come to; below what the controller itself allows them.</summary>
    private const double Share = 0.90;

    private const ulong FirstEpoch = 1UL << 20;

    public static ControlMemory Of(Scenario scenario)
    {
        var enforcing = scenario.Nodes.Where(node => node.Actuator != ActuatorKind.None).ToArray();
        var fixedDraw = scenario.Nodes.Where(node => node.Actuator == ActuatorKind.None).Sum(node => node.Ceiling.Watts);
        var lowest = scenario.Steps.Select(step => step.Budget).Append(scenario.Budget).Min();
        var floors = enforcing.Sum(node => node.Floor.Watts);
        var ranges = enforcing.Sum(node => (node.Ceiling - node.Floor).Watts);
        var free = (Share * ((lowest - scenario.Unmanaged).Watts - fixedDraw)) - floors;
        var part = ranges > 0 ? Math.Clamp(free / ranges, 0, 1) : 0;
        return new ControlMemory(FirstEpoch, enforcing.ToImmutableSortedDictionary(
            node => node.Name, node => new RememberedNode(node.Floor + Power.FromWatts(part * (node.Ceiling - node.Floor).Watts), node.Ceiling)));
    }
}

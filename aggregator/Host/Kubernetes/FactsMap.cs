using System.Collections.Immutable;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Labels;
using Homelab.Units;

namespace Homelab.Aggregator.Kubernetes;

/// <summary>The fleet in the words of the labels. Pure: the same snapshot gives the same facts.</summary>
internal static class FactsMap
{
    /// <summary>The fleet is pictured once a second; a picture as old as three has not been renewed.</summary>
    private static readonly TimeSpan PictureLasts = TimeSpan.FromSeconds(3);

    /// <param name="overBudgetSince">On the monotonic clock; null when the fleet is not over its budget.</param>
    public static FleetFacts Fleet(FleetSnapshot fleet, TimeSpan? overBudgetSince) => new(
        fleet.Control?.State.Mode switch { ControlMode.Label => FleetMode.Label, ControlMode.Cap => FleetMode.Cap, _ => FleetMode.Observe },
        overBudgetSince, fleet.Control?.IsOnBattery == true);

    /// <summary>Against the budget in force: a schedule's or an override's, where one holds.</summary>
    public static bool IsOverBudget(FleetSnapshot fleet) =>
        fleet.Control is { State.Groups: [var top, ..] } ? top.Measured > top.Limit : fleet.Balance.IsOverBudget;

    /// <param name="shedders">Those that <see cref="Shedding"/> chose.</param>
    public static ImmutableSortedDictionary<NodeName, NodeFacts> Nodes(FleetSnapshot fleet, IReadOnlySet<NodeName> shedders, Moment at)
    {
        var facts = ImmutableSortedDictionary.CreateBuilder<NodeName, NodeFacts>();
        foreach (var node in fleet.Nodes)
            facts[node.Name] = Node(node, fleet, at) with { Host = node.SharedHost?.Name ?? "", IsShedder = shedders.Contains(Holder(node.Name, fleet)) };
        return facts.ToImmutable();
    }

    private static NodeFacts Node(NodeSnapshot node, FleetSnapshot fleet, Moment at)
    {
        var control = fleet.Control?.Find(Holder(node.Name, fleet));
        var ceiling = Known(control?.Ceiling);
        var cap = CapKindOf(control, fleet);
        return new NodeFacts
        {
            Agent = node.Name,
            // Silence is the fleet's to judge, by the pace of each agent; a picture that is not renewed ages too.
            Age = node.Link == NodeLink.Down ? null : at.Since(fleet.At) is var age && age > PictureLasts ? age : TimeSpan.Zero,
            Power = node.Power,
            CapKind = cap,
            Cap = cap == CapKind.None ? null : control?.Effective ?? control?.Cap,
            Allocation = cap == CapKind.None ? null : Known(control?.Cap),
            Floor = Known(control?.Floor),
            Ceiling = ceiling,
            Headroom = cap == CapKind.None ? Room(node, ceiling, fleet) : null,
            Actuator = Machine.Actuator(node.Identity),
            ThermalMargin = node.ThermalHeadroom,
            CriticalMargin = node.CriticalHeadroom,
            IsThrottled = Flag(node, ThrottleReason.Thermal),
            IsUnderVoltage = Flag(node, ThrottleReason.UnderVoltage),
            Supply = Machine.Supply(node, fleet.Control),
            Board = node.Identity?.Machine.Board ?? "",
            HasGpu = Machine.HasGpu(node.Identity),
            Efficiency = Machine.Efficiency(node, ceiling),
            Reason = control?.Reason ?? "",
            WattsShare = control?.SafeShare,
        };
    }

    /// <summary>Hard is what the node's own answer says is in force; a cap without that is soft.</summary>
    private static CapKind CapKindOf(NodeControl? control, FleetSnapshot fleet)
    {
        if (control?.Cap is null || control.Standing == NodeStanding.Observing)
            return CapKind.None;
        var lease = fleet.Control!.Leases.GetValueOrDefault(control.Name);
        return control is { Standing: NodeStanding.Held, Effective: not null }
            && lease is { Standing: LeaseStanding.Live, Outcome: ApplyOutcome.Ok or ApplyOutcome.Adjusted } ? CapKind.Hard : CapKind.Soft;
    }

    /// <summary>What a node without a cap may draw more: up to its ceiling, and within what is left of the fleet's budget.</summary>
    private static Power? Room(NodeSnapshot node, Power? ceiling, FleetSnapshot fleet)
    {
        if (node.Power.Watts is not { } watts)
            return null;
        var left = fleet.Control is { State.Groups: [var top, ..] } ? top.Allocatable - top.Measured : fleet.Balance.Headroom;
        var most = ceiling is { } limit ? limit - watts : left;
        return most is { } own && left is { } all ? Power.Max(Power.Min(own, all), Power.Zero) : null;
    }

    private static bool? Flag(NodeSnapshot node, ThrottleReason reason) => node.Throttled.TryGetValue(reason, out var holds) ? holds : null;

    private static Power? Known(Power? power) => power > Power.Zero ? power : null;

    /// <summary>Whom its machine is held by: of nodes that share one, one alone is granted caps, and they are all held by it.</summary>
    private static NodeName Holder(NodeName node, FleetSnapshot fleet) => fleet.Control?.Find(node)?.CountedBy ?? node;
}

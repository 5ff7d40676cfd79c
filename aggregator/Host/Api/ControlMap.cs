using System.Globalization;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Fleet;

namespace Homelab.Aggregator.Api;

/// <summary>Turns what the control loop says into API documents. Pure.</summary>
internal static class ControlMap
{
    public static BudgetStateDocument Budget(FleetSnapshot fleet, ControlView control) => new(
        BudgetStateDocument.SchemaName, Time(fleet.At.Wall), Fleet(control), control.Budget.ChangesAt is { } changes ? Time(changes) : null, control.IsOnBattery,
        [.. control.Orders.Overrides.Select(each => new OverrideDocument(each.Group, each.Limit.Watts, each.Until is { } until ? Time(until) : null))],
        [.. control.State.Nodes.Select(node => new NodeBudgetDocument(node.Name.Value, fleet.Find(node.Name)?.Power.Watts?.Watts, Node(control, node)))]);

    public static FleetControlDocument Fleet(ControlView control)
    {
        var state = control.State;
        var top = state.Groups.IsEmpty ? null : state.Groups[0];
        return new FleetControlDocument(
            state.Mode.Word(), state.Budget.Watts, control.Budget.Reason.Length == 0 ? "configured" : control.Budget.Reason, top?.Allocatable.Watts ?? state.Budget.Watts, top?.Committed.Watts ?? 0,
            state.Guard.Watts, state.Trim.Watts,
            [.. state.Groups.Select(group => new GroupDocument(group.Name, group.Limit.Watts, group.Allocatable.Watts, group.Committed.Watts, group.Measured.Watts, group.IsHard, group.IsInfeasible))],
            [.. state.Alarms.Select(alarm => new AlarmDocument(alarm.Word, alarm.Node?.Value, alarm.Text, Time(alarm.Since)))],
            [.. state.Proposals.Select(each => new ProposalDocument(each.Node.Value, each.Frees.Watts, each.Reason))],
            [.. control.Recent.Select(Decision)],
            control.StorageFailure)
        {
            Leader = control.Leader is { IsElected: true } leader ? new LeaderDocument(leader.Leads, leader.Name, leader.Leader, leader.Term, leader.Trouble) : null,
        };
    }

    public static DecisionsDocument Decisions(DateTimeOffset at, IEnumerable<Decision> decisions) =>
        new(DecisionsDocument.SchemaName, Time(at), [.. decisions.Select(Decision)]);

    /// <summary>Null for a node that the control loop does not know.</summary>
    public static NodeControlDocument? Node(ControlView? control, Units.NodeName name) =>
        control?.Find(name) is { } node ? Node(control, node) : null;

    private static NodeControlDocument Node(ControlView control, NodeControl node)
    {
        var lease = control.Leases.GetValueOrDefault(node.Name);
        return new NodeControlDocument(
            node.Standing.Word(), node.Cap?.Watts, node.Effective?.Watts, node.Committed.Watts, node.SafeShare?.Watts, node.Demand.Watts,
            node.Floor.Watts, node.Ceiling.Watts, node.Cap < node.Demand, node.Reason, lease?.Standing.Word(), lease?.Outcome.Word(), lease?.Detail);
    }

    private static DecisionDocument Decision(Decision decision) => new(
        Time(decision.At), decision.Node?.Value, decision.Kind, decision.From?.Watts, decision.To?.Watts, decision.Reason);

    private static string Time(DateTimeOffset wall) =>
        wall.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}

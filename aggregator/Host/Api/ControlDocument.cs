using System.Text.Json.Serialization;

namespace Homelab.Aggregator.Api;

/// <summary>How far a node is held, inside a node document. Watts of the whole node.</summary>
/// <param name="Standing"><c>observing</c>, <c>held</c>, <c>silent</c>, <c>uncontrolled</c> or <c>awaited</c>.</param>
/// <param name="CapWatts">Granted last; null when none is.</param>
/// <param name="EffectiveWatts">What the node answered that it is held to; null when it is not.</param>
/// <param name="CommittedWatts">What counts against the budget.</param>
/// <param name="SafeShareWatts">What it falls to by itself; null before its first grant.</param>
/// <param name="FloorWatts">It is never held below this.</param>
/// <param name="IsBiting">The cap is below what the node is taken to want.</param>
/// <param name="Lease"><c>none</c>, <c>live</c>, <c>expired</c>, <c>safe</c> or <c>unknown</c>, by the node's word; null before it answered.</param>
/// <param name="Outcome">What became of the last grant: <c>ok</c>, <c>adjusted</c>, <c>rejected</c>, <c>ineffective</c>, <c>denied</c>, <c>observing</c> or <c>unknown</c>.</param>
internal sealed record NodeControlDocument(
    string Standing, double? CapWatts, double? EffectiveWatts, double CommittedWatts, double? SafeShareWatts, double DemandWatts,
    double FloorWatts, double CeilingWatts, bool IsBiting, string Reason, string? Lease, string? Outcome, string? OutcomeDetail);

/// <summary>The control loop, inside a fleet document.</summary>
/// <param name="Decisions">The last ones, oldest first.</param>
internal sealed record FleetControlDocument(
    string Mode, double BudgetWatts, string BudgetReason, double AllocatableWatts, double CommittedWatts, double GuardWatts, double TrimWatts,
    IReadOnlyList<GroupDocument> Groups, IReadOnlyList<AlarmDocument> Alarms, IReadOnlyList<ProposalDocument> Proposals,
    IReadOnlyList<DecisionDocument> Decisions, string StorageFailure)
{
    /// <summary>Null where there is one aggregator and no election.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LeaderDocument? Leader { get; init; }
}

/// <summary>Who of several aggregators grants.</summary>
/// <param name="IsLeader">This one does: agents and orders are its to take, and the nodes are shown here.</param>
/// <param name="Self">This one's name.</param>
/// <param name="Leader">The leader's name as last seen; empty when nobody leads.</param>
/// <param name="Term">In which term this one leads; 0 when it stands by.</param>
/// <param name="Trouble">Why the election can not be followed; empty when it can.</param>
internal sealed record LeaderDocument([property: JsonPropertyName("leader")] bool IsLeader, string Self, [property: JsonPropertyName("name")] string Leader, int Term, string Trouble);

/// <summary>One level of the budget tree; the fleet first, then depth first.</summary>
internal sealed record GroupDocument(
    string Name, double LimitWatts, double AllocatableWatts, double CommittedWatts, double MeasuredWatts, bool IsHard, bool IsInfeasible);

internal sealed record AlarmDocument(string Alarm, string? Node, string Text, string Since);

/// <summary>What switching a node off would win. Nothing is ever switched off by itself.</summary>
internal sealed record ProposalDocument(string Node, double FreesWatts, string Reason);

internal sealed record DecisionDocument(string Time, string? Node, string Kind, double? FromWatts, double? ToWatts, string Reason);

/// <summary>Body of <c>GET /api/v1/budget</c>. Schema <c>homelab.budget/v1</c>.</summary>
/// <param name="ChangesAt">When the budget next changes by the clock; null when it does not.</param>
internal sealed record BudgetStateDocument(
    string Schema, string Time, FleetControlDocument Control, string? ChangesAt, bool IsOnBattery,
    IReadOnlyList<OverrideDocument> Overrides, IReadOnlyList<NodeBudgetDocument> Nodes)
{
    public const string SchemaName = "homelab.budget/v1";
}

internal sealed record OverrideDocument(string Group, double Watts, string? Until);

internal sealed record NodeBudgetDocument(string Name, double? PowerWatts, NodeControlDocument Control);

/// <summary>Body of <c>GET /api/v1/decisions</c>, oldest first. Schema <c>homelab.decisions/v1</c>.</summary>
internal sealed record DecisionsDocument(string Schema, string Time, IReadOnlyList<DecisionDocument> Decisions)
{
    public const string SchemaName = "homelab.decisions/v1";
}

/// <summary>Body of <c>POST /api/v1/budget/override</c>.</summary>
/// <param name="For">A duration: <c>2h</c>, <c>30m</c>.</param>
/// <param name="Group">Level of the budget tree; null is the fleet.</param>
internal sealed record OverrideRequest(double? Watts, string? For, string? Group);

/// <summary>Body of <c>POST /api/v1/budget/mode</c>.</summary>
/// <param name="Mode"><c>observe</c>, <c>label</c> or <c>cap</c>.</param>
/// <param name="Confirm">Without it nothing changes, and the answer says what would.</param>
internal sealed record ModeRequest(string? Mode, bool Confirm);

/// <summary>Body of <c>POST /api/v1/budget/supply</c>, for a UPS monitor's hook.</summary>
internal sealed record SupplyRequest(bool? OnBattery);

/// <summary>Body of <c>POST /api/v1/budget/meter</c>: what a meter above a group says.</summary>
internal sealed record MeterRequest(double? Watts, string? Group);

/// <summary>Answer to an order. Schema <c>homelab.order/v1</c>.</summary>
/// <param name="Applied">False: nothing changed, <paramref name="Effects"/> say what would.</param>
/// <param name="Stored">False: in force, but it ends with the process.</param>
internal sealed record OrderDocument(string Schema, bool Applied, bool Stored, string Text, IReadOnlyList<string> Effects)
{
    public const string SchemaName = "homelab.order/v1";
}

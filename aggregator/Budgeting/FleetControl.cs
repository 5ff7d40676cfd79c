using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>How a node stands in the control loop.</summary>
internal enum NodeStanding
{
    /// <summary>Its agent does not enforce: a constant reservation.</summary>
    Observing = 0,

    /// <summary>Granted, and answered.</summary>
    Held = 1,

    /// <summary>No report for two seconds, or no stream: its watts stay reserved.</summary>
    Silent = 2,

    /// <summary>It enforces, but its hardware does not obey: reserved at its ceiling.</summary>
    Uncontrolled = 3,

    /// <summary>Known from before this start, not heard yet.</summary>
    Awaited = 4,
}

/// <summary>One node in the control loop.</summary>
/// <param name="Cap">The cap last granted; null when none.</param>
/// <param name="Effective">What it answered it is held to; null when unknown or not held.</param>
/// <param name="Committed">The most that it can draw by all that is known: what counts against the budget.</param>
/// <param name="SafeShare">What it falls to by itself; null before the first grant.</param>
/// <param name="Demand">What it is taken to want.</param>
/// <param name="Reason">One line for people: why the cap is what it is.</param>
internal sealed record NodeControl(
    NodeName Name, NodeStanding Standing, Power? Cap, Power? Effective, Power Committed, Power? SafeShare, Power Demand, Power Floor, Power Ceiling, string Reason)
{
    /// <summary>Who counts for the machine that it is on; null when it counts itself. It is then granted nothing and reserves nothing.</summary>
    public NodeName? CountedBy { get; init; }
}

/// <summary>One level of the budget tree.</summary>
/// <param name="Allocatable">Limit less guard, unmanaged load and trim.</param>
/// <param name="Committed">Σ over its nodes; at most <paramref name="Allocatable"/> outside a budget decrease and a newcomer's first second.</param>
/// <param name="IsInfeasible">The floors alone are above it.</param>
internal sealed record GroupControl(string Name, Power Limit, Power Allocatable, Power Committed, Power Measured, bool IsHard, bool IsInfeasible);

/// <summary>What is wrong in a way that an operator must know. Words: <c>infeasible</c>, <c>over-budget</c>, <c>brake</c>, <c>fenced</c>, <c>futile</c>, <c>uncontrolled</c>, <c>silent</c>, <c>oscillating</c>, <c>minority</c>, <c>shared-host</c>, <c>unseen-cluster</c>.</summary>
internal sealed record ControlAlarm(string Word, NodeName? Node, string Text, DateTimeOffset Since);

/// <summary>What switching a node off would win, cheapest for the operator first; nothing is ever switched off by itself.</summary>
internal sealed record ShutdownProposal(NodeName Node, Power Frees, string Reason);

/// <summary>The control loop at one moment; adapters read it. Immutable.</summary>
/// <param name="Budget">The fleet's limit in force, schedules and overrides included.</param>
/// <param name="Groups">The fleet first, then depth first.</param>
internal sealed record FleetControl(
    ControlMode Mode, ulong Epoch, Power Budget, Power Guard, Power Trim, ImmutableArray<GroupControl> Groups, ImmutableArray<NodeControl> Nodes,
    ImmutableArray<ControlAlarm> Alarms, ImmutableArray<ShutdownProposal> Proposals);

/// <summary>One line of the decision log.</summary>
/// <param name="Node">Null for the fleet.</param>
/// <param name="Kind">Stable word: <c>cut</c>, <c>raise</c>, <c>trip</c>, <c>mode</c>, <c>budget</c>, <c>alarm</c>, <c>clear</c>, <c>join</c>, <c>silent</c>, <c>return</c>, <c>release</c>.</param>
/// <param name="From">Cap before; null when it does not apply.</param>
/// <param name="To">Cap after; null when it does not apply.</param>
/// <param name="Reason">One line for people: "fleet at 103.2 W of 100 W; lowest priority; 41.0 → 28.5 W".</param>
internal sealed record Decision(DateTimeOffset At, NodeName? Node, string Kind, Power? From, Power? To, string Reason);

/// <summary>What one round of control came to.</summary>
/// <param name="Grants">To be sent, in this order, after <paramref name="Memory"/> is durable.</param>
/// <param name="Memory">Same instance as in the round before when nothing changed.</param>
internal sealed record ControlRound(ImmutableArray<Grant> Grants, FleetControl State, ImmutableArray<Decision> Decisions, ControlMemory Memory);

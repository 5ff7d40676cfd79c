using System.Collections.Immutable;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Orders;
using Homelab.Units;

namespace Homelab.Aggregator.Control;

/// <summary>Everything that the control loop hears. <see cref="ControlDesk"/> takes events one at a time, in order of arrival.</summary>
internal abstract record ControlEvent(Moment At);

/// <summary>What an agent says that its node can be held to; all watts are of the whole node, 0 where unknown.</summary>
/// <param name="Steps">The caps it can hold, ascending; empty for any.</param>
internal sealed record CapAbility(bool IsEnforcing, Power Floor, Power Ceiling, Power Idle, ImmutableArray<Power> Steps, TimeSpan Settle, double Uncertainty)
{
    public static readonly CapAbility None = new(false, Power.Zero, Power.Zero, Power.Zero, [], TimeSpan.Zero, 0);

    public bool IsSameAs(CapAbility other) => this with { Steps = [] } == other with { Steps = [] } && Steps.SequenceEqual(other.Steps);
}

/// <summary>An agent said what its node can be held to, or reported without ever saying it.</summary>
internal sealed record NodeCapable(StreamNumber Stream, NodeName Node, CapAbility Ability, Moment At) : ControlEvent(At)
{
    /// <summary>Of the kernel that the agent runs on; empty when unknown.</summary>
    public string BootId { get; init; } = "";

    /// <summary>What else tells the machine from others.</summary>
    public HostMarks Marks { get; init; } = HostMarks.None;
}

/// <summary>A report came in.</summary>
/// <param name="Uncertainty">± share of the power, 0 to 1.</param>
/// <param name="Use">Share of the processors' time that is used, 0 to 1; null where nothing says.</param>
internal sealed record NodeSeen(
    StreamNumber Stream, NodeName Node, Power? Power, double Uncertainty, double? Use, TimeSpan AgentMonotonic, Moment At) : ControlEvent(At)
{
    /// <summary>Of the power.</summary>
    public Provenance Provenance { get; init; }

    /// <summary>Whether its machine runs from a battery or a UPS of its own; null while nothing in it says so.</summary>
    public bool? IsOnBattery { get; init; }

    /// <summary>Of the kernel that the agent runs on; empty when unknown.</summary>
    public string BootId { get; init; } = "";

    /// <summary>What else tells the machine from others.</summary>
    public HostMarks Marks { get; init; } = HostMarks.None;
}

/// <summary>An agent answered a grant, or its cap changed by itself.</summary>
/// <param name="Actuator">The limiter that set the figure; empty for several or none.</param>
internal sealed record NodeAnswered(StreamNumber Stream, NodeApplied Applied, ApplyOutcome Outcome, string Actuator, Moment At) : ControlEvent(At);

/// <summary>An agent's stream ended.</summary>
internal sealed record NodeGone(StreamNumber Stream, NodeName Node, Moment At) : ControlEvent(At);

/// <summary>The disk has what it was given, or could not take it and why.</summary>
/// <param name="Term">In which term it was offered; 0 without an election.</param>
internal sealed record ControlStored(StoredControl Stored, string Failure, Moment At, int Term = 0) : ControlEvent(At);

/// <summary>The operator said something; the answer goes to <paramref name="Answer"/>.</summary>
internal sealed record Ordered(OperatorOrder Order, TaskCompletionSource<OrderOutcome> Answer, Moment At) : ControlEvent(At);

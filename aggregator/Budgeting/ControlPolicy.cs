using System.Collections.Immutable;

namespace Homelab.Aggregator.Budgeting;

/// <summary>A priority class: nodes of a higher one are filled first.</summary>
/// <param name="Guarantee">Share of the watts above the floors that is set aside for this class whatever higher ones ask; 0 to 1.</param>
internal sealed record PriorityClass(string Name, double Guarantee);

/// <summary>What the operator wants, at this moment: schedules and overrides are already resolved into it by <see cref="BudgetCalendar"/>.</summary>
internal sealed record ControlPolicy
{
    /// <summary>The fleet.</summary>
    public required BudgetGroup Budget { get; init; }

    public ControlMode Mode { get; init; } = ControlMode.Observe;

    /// <summary>Highest first. A node whose class is not listed belongs to the last.</summary>
    public ImmutableArray<PriorityClass> Classes { get; init; } = [new("", 0)];

    /// <summary>Life of a lease, from the report that it rests on: three reports may be lost, and a fleet left alone is at its safe caps within five seconds, hardware included.</summary>
    public TimeSpan TimeToLive { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Time between two rounds when nothing happens; events that free watts bring a round forward.</summary>
    public TimeSpan Period { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a silent agent may be frozen or dead before something restarts it: so long its last cap stays reserved.</summary>
    public TimeSpan AgentRestartLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long after its lease ended an agent may move up to its safe share by itself: more than <see cref="AgentRestartLimit"/> and a lease.</summary>
    public TimeSpan SafeShareAfter { get; init; } = TimeSpan.FromSeconds(75);

    /// <summary>After so long without a word no agent can be at its last cap: the lease it may have had is over, and who froze under it is restarted.</summary>
    public TimeSpan LastCapEnds => AgentRestartLimit + TimeToLive + TimeSpan.FromSeconds(1);
}

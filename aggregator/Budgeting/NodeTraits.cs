using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>What a node can be held to, and what it counts for. All watts are of the whole node.</summary>
internal sealed record NodeTraits
{
    public required NodeName Name { get; init; }

    /// <summary>False when nothing on the node can be written to: it then has a constant reservation and gets no grant.</summary>
    public bool IsEnforcing { get; init; }

    /// <summary>The lowest power that its limiters can hold it to under full load, raised to the operator's floor.</summary>
    public Power Floor { get; init; }

    /// <summary>The most it draws uncapped; 0 when unknown, and then learned from what it is seen to draw.</summary>
    public Power Ceiling { get; init; }

    /// <summary>What it draws at rest; 0 when unknown.</summary>
    public Power Idle { get; init; }

    /// <summary>The caps that it can hold, ascending; empty when any cap between floor and ceiling will do.</summary>
    public ImmutableArray<Power> Steps { get; init; } = [];

    /// <summary>How long after it applied a cap its draw is at or below it.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Standard deviation of its true draw about the figure or cap, as a share of the draw above idle.</summary>
    public double Uncertainty { get; init; }

    /// <summary>Name of its priority class; empty is the default class.</summary>
    public string PriorityClass { get; init; } = "";

    /// <summary>What it has in common with other nodes of its machine (<see cref="HostRoll.Key"/>); empty when unknown.</summary>
    public string Host { get; init; } = "";

    /// <summary>What else tells its machine from others.</summary>
    public HostMarks Marks { get; init; } = HostMarks.None;

    /// <summary>Its part among equals; 0 means in proportion to its dynamic range.</summary>
    public double Weight { get; init; }
}

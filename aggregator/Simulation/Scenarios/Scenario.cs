using System.Collections.Immutable;
using Homelab.Aggregator.Budgeting;
using Homelab.Units;

namespace Homelab.Aggregator.Simulation.Scenarios;

/// <summary>A fleet, its budget, its demand and its faults. What a file leaves out has the value of the published reference plant.</summary>
internal sealed record Scenario
{
    public required string Name { get; init; }

    public string Description { get; init; } = "";

    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(900);

    public required Power Budget { get; init; }

    /// <summary>Draw that no agent reports.</summary>
    public Power Unmanaged { get; init; }

    public BudgetDevice Device { get; init; } = BudgetDevice.Psu;

    /// <summary>Ascending in time.</summary>
    public ImmutableArray<BudgetStep> Steps { get; init; } = [];

    /// <summary>Levels below the fleet.</summary>
    public ImmutableArray<BudgetGroup> Groups { get; init; } = [];

    /// <summary>Highest first; empty: all nodes are of one class.</summary>
    public ImmutableArray<PriorityClass> Classes { get; init; } = [];

    public required ImmutableArray<SimulatedNode> Nodes { get; init; }

    public BurstDemand Demand { get; init; } = new();

    public LinkModel Link { get; init; } = new();

    public ImmutableArray<Fault> Faults { get; init; } = [];

    /// <summary>A meter above the fleet: its error and whether there is one at all.</summary>
    public OuterMeter? OuterMeter { get; init; }

    /// <summary>The budget in force at a moment.</summary>
    public Power BudgetAt(TimeSpan time)
    {
        var budget = Budget;
        foreach (var step in Steps)
        {
            if (step.At <= time)
                budget = step.Budget;
        }
        return budget;
    }
}

/// <param name="At">From the start of the run.</param>
internal sealed record BudgetStep(TimeSpan At, Power Budget);

/// <param name="Error">Deviation of its noise as a share of the figure.</param>
/// <param name="IsForHard">False: only bounded mode has it, as in the reference.</param>
internal sealed record OuterMeter(TimeSpan Period, double Error, bool IsForHard);

/// <summary>Bursts: each node goes from idle to busy and back by itself, and now and then most idle nodes go busy together.</summary>
internal sealed record BurstDemand
{
    /// <summary>Share of the idle nodes that a common burst wakes.</summary>
    public double Correlation { get; init; } = 0.8;

    public TimeSpan FirstBurst { get; init; } = TimeSpan.FromSeconds(120);

    public TimeSpan BurstEvery { get; init; } = TimeSpan.FromSeconds(150);

    public TimeSpan FirstSwitch { get; init; } = TimeSpan.FromSeconds(20);

    public TimeSpan Busy { get; init; } = TimeSpan.FromSeconds(40);

    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Lowest busy load as a share of the dynamic range; the highest is 1.</summary>
    public double BusyFrom { get; init; } = 0.55;

    public double IdleFrom { get; init; } = 0.02;

    public double IdleTo { get; init; } = 0.10;

    /// <summary>Deviation from step to step, as a share of the load.</summary>
    public double Noise { get; init; } = 0.03;
}

/// <summary>The way between agents and the aggregator.</summary>
internal sealed record LinkModel
{
    public TimeSpan Latency { get; init; } = TimeSpan.FromMilliseconds(10);

    public TimeSpan Jitter { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Share of the messages that take up to <see cref="Tail"/> longer.</summary>
    public double TailRatio { get; init; } = 0.02;

    public TimeSpan Tail { get; init; } = TimeSpan.FromMilliseconds(150);

    /// <summary>Share of the messages that never arrive.</summary>
    public double Loss { get; init; }

    public TimeSpan ReportEvery { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>False: all agents report at the same moments, as in the reference. True: each at its own phase.</summary>
    public bool IsSpread { get; init; }
}

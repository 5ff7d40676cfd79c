using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Simulation.Scenarios;

/// <summary>What can hold a node, and how.</summary>
internal enum ActuatorKind
{
    /// <summary>Nothing: a constant reservation.</summary>
    None = 0,

    /// <summary>A limit in watts that the processor keeps by itself.</summary>
    Rapl = 1,

    /// <summary>Frequencies only, but measured power.</summary>
    Freq = 2,

    /// <summary>Frequencies only, and power by a model: a small board.</summary>
    FreqEstimated = 3,

    /// <summary>NVIDIA's power limit.</summary>
    Gpu = 4,

    /// <summary>AMD's <c>power1_cap</c>.</summary>
    AmdGpu = 5,
}

/// <summary>One node of the plant. Errors are standard deviations as a share of the draw above idle; each run draws its own.</summary>
internal sealed record SimulatedNode
{
    public required NodeName Name { get; init; }

    public ActuatorKind Actuator { get; init; } = ActuatorKind.Rapl;

    public required Power Idle { get; init; }

    public required Power Ceiling { get; init; }

    /// <summary>The lowest power that the hardware can hold under full load.</summary>
    public required Power EnforceableFloor { get; init; }

    /// <summary>The lowest cap that the operator allows; at least <see cref="EnforceableFloor"/>.</summary>
    public required Power Floor { get; init; }

    /// <summary>The caps that it can hold, ascending; empty when any will do.</summary>
    public ImmutableArray<Power> Steps { get; init; } = [];

    public TimeSpan DeadTime { get; init; }

    /// <summary>Time constant of the limit.</summary>
    public TimeSpan Lag { get; init; }

    /// <summary>Mean over this long is what a report says.</summary>
    public TimeSpan MeterWindow { get; init; }

    /// <summary>Constant per run.</summary>
    public double MeterError { get; init; }

    /// <summary>From report to report.</summary>
    public double MeterNoise { get; init; } = 0.01;

    /// <summary>Constant per run.</summary>
    public double ActuatorError { get; init; }

    /// <summary>Drawn anew with each busy phase: some work draws more than other at one frequency.</summary>
    public double WorkloadError { get; init; }

    /// <summary>What the agent says of its own error; the guard rests on it.</summary>
    public double Uncertainty { get; init; }

    /// <summary>Empty: the default class.</summary>
    public string PriorityClass { get; init; } = "";

    /// <summary>Part among equals, per watt of dynamic range.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Null: the scenario's generator.</summary>
    public DemandSeries? Trace { get; init; }

    /// <summary>From a write until the draw is at or below the limit.</summary>
    public TimeSpan Settle => DeadTime + (3 * Lag);

    public Power Range => Ceiling - Idle;

    public bool IsHeldByFrequency => Actuator is ActuatorKind.Freq or ActuatorKind.FreqEstimated;
}

/// <summary>Demand as recorded: each value holds from its time to the next.</summary>
internal sealed record DemandSeries(ImmutableArray<DemandPoint> Points)
{
    /// <summary>The last value lasts for ever; before the first point the first value holds.</summary>
    public Power At(TimeSpan time)
    {
        var found = Points.BinarySearch(new DemandPoint(time, Power.Zero), DemandPoint.ByTime);
        var index = found >= 0 ? found : Math.Max(0, ~found - 1);
        return Points[index].Demand;
    }
}

internal readonly record struct DemandPoint(TimeSpan Time, Power Demand)
{
    public static readonly IComparer<DemandPoint> ByTime = Comparer<DemandPoint>.Create((left, right) => left.Time.CompareTo(right.Time));
}

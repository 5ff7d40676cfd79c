using Homelab.Units;

namespace Homelab.Aggregator.Fleet.Learned;

/// <summary>What watching a node over time tells of it. Null is what is not known yet.</summary>
internal sealed record LearnedFigures
{
    public static readonly LearnedFigures None = new();

    /// <summary>Undercut for 5 % of the time: what the node draws at rest.</summary>
    public Power? Idle { get; init; }

    /// <summary>Exceeded for 1 % of the time.</summary>
    public Power? Peak { get; init; }

    /// <summary>The agent's own part of what the node draws above its idle, by processor time. Modelled.</summary>
    public Power? Agent { get; init; }

    /// <summary>Of the air that cools the machine, where a sensor says that it measures that.</summary>
    public Temperature? Ambient { get; init; }

    /// <summary>Celsius that the processor is above the air for each of its watts, mean of some minutes.</summary>
    public double? ThermalResistance { get; init; }

    /// <summary>The resistance that was undercut for a quarter of the time: that of the machine when its cooling was well.</summary>
    public double? ThermalResistanceBaseline { get; init; }
}

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
}

using Homelab.Units;

namespace Homelab.Aggregator.Fleet.Learned;

/// <summary>Learns from one node's reports. Touched by one thread.</summary>
internal sealed class NodeLearning(NodeLevels levels)
{
    private const double IdleShare = 0.05;
    private const double PeakShare = 0.99;

    /// <param name="spent">Time that the report speaks for.</param>
    /// <param name="day">By the wall clock.</param>
    public LearnedFigures Take(NodePower power, TimeSpan spent, int day)
    {
        // A node without a figure now is known by what it drew before, of the source that it had.
        if (power.Watts is not { } watts || power.Provenance == Provenance.None)
            return LearnedFigures.None;
        var days = levels[$"power {power.Scope.Word()} {power.Source}"];
        days.Observe(day, watts.Watts, spent);
        return new LearnedFigures { Idle = Watts(days.Quantile(IdleShare)), Peak = Watts(days.Quantile(PeakShare)) };
    }

    private static Power? Watts(double? level) => level is { } watts ? Power.FromWatts(watts) : null;
}

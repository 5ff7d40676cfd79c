using System.Collections.Immutable;

namespace Homelab.RecordedHosts;

/// <summary>CPUs that share one frequency: a cpufreq policy.</summary>
/// <param name="Cpus">Logical CPU numbers.</param>
/// <param name="MinimumKilohertz">Lowest operating point.</param>
/// <param name="MaximumKilohertz">Highest operating point.</param>
/// <param name="Steps">All operating points in kHz, ascending; empty where any frequency may be chosen.</param>
internal sealed record ClusterShape(ImmutableArray<int> Cpus, long MinimumKilohertz, long MaximumKilohertz, ImmutableArray<long> Steps)
{
    // Where there is no table, thermal cooling works in tenths of the range.
    private const int ContinuousStates = 10;

    /// <summary>Its part in the machine's dynamic power, before normalizing: cores times the cube of their frequency.</summary>
    public double Weight => Cpus.Length * Math.Pow(MaximumKilohertz / 1e6, 3);

    /// <summary>The highest frequency a cooling state leaves, as <c>cpufreq_cooling</c> counts: 0 leaves all, each step takes one operating point.</summary>
    public long CeilingAt(int coolingState)
    {
        if (coolingState <= 0)
            return MaximumKilohertz;
        if (!Steps.IsEmpty)
            return Steps[Math.Max(0, Steps.Length - 1 - coolingState)];
        var share = Math.Max(0, 1 - (double)coolingState / ContinuousStates);
        return MinimumKilohertz + (long)((MaximumKilohertz - MinimumKilohertz) * share);
    }

    /// <summary>The operating point for a wish: the lowest that satisfies it, and never above the ceiling.</summary>
    public long Choose(double wantedKilohertz, long ceilingKilohertz)
    {
        var ceiling = Math.Clamp(ceilingKilohertz, MinimumKilohertz, MaximumKilohertz);
        if (Steps.IsEmpty)
            return (long)Math.Clamp(wantedKilohertz, MinimumKilohertz, ceiling);
        var chosen = Steps[0];
        foreach (var step in Steps)
        {
            if (step > ceiling)
                break;
            chosen = step;
            if (step >= wantedKilohertz)
                break;
        }
        return chosen;
    }
}

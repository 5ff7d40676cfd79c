using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.RecordedHosts;

/// <summary>What others ask of the machine: a highest frequency per cluster (kHz, <c>scaling_max_freq</c>) and a cap on its power (RAPL long term, hwmon <c>power1_cap</c>).</summary>
/// <param name="MaximumKilohertz">One per cluster, in their order.</param>
/// <param name="Cap">Null where the machine has no power limiter.</param>
internal readonly record struct Limits(ImmutableArray<long> MaximumKilohertz, Power? Cap)
{
    public static Limits None(MachineModel machine) => new([.. machine.Clusters.Select(cluster => cluster.MaximumKilohertz)], null);
}

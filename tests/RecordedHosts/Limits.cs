using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.RecordedHosts;

/// <summary>A limit on the machine's power that is in force. The name keeps it apart from step to step; what the hardware enforces follows what was
/// written with a first-order lag.</summary>
internal readonly record struct PowerLimit(string Name, Power Power, TimeSpan Lag);

/// <summary>What others ask of the machine: a highest frequency per cluster and limits on its power, of which the lowest holds.</summary>
/// <param name="MaximumKilohertz">One per cluster, in their order.</param>
/// <param name="Powers">Empty where nothing limits the machine's power.</param>
internal readonly record struct Limits(ImmutableArray<long> MaximumKilohertz, ImmutableArray<PowerLimit> Powers)
{
    public static Limits None(MachineModel machine) => new([.. machine.Clusters.Select(cluster => cluster.MaximumKilohertz)], []);
}

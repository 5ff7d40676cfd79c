using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.RecordedHosts;

/// <summary>The physics: state, demand and limits in, the next state out. No clock, no files, no randomness.</summary>
internal static class Plant
{
    private static readonly TimeSpan CoolingPeriod = TimeSpan.FromMilliseconds(500);

    private const double CoolingHysteresis = 3;

    // Little work comes in short rushes at a middling frequency: a governor sees the rush, the averages see the rest.
    private const double GovernorHeadroom = 1.1;

    /// <summary>The machine after a step of any length above zero, asked for <paramref name="demand"/>: a share of all cores at full speed, 0 to 1.</summary>
    public static PlantState Step(MachineModel machine, PlantState state, double demand, Limits limits, TimeSpan step)
    {
        var wanted = Math.Clamp(demand, 0, 1);
        var enforced = Enforce(machine, state, limits, step);
        var open = Open(machine, state.CoolingState, limits);
        var clusters = Govern(machine, wanted, Fit(machine, wanted, open, enforced));
        var target = Target(machine, clusters);
        var mean = Power.FromWatts(Average(state.Power.Watts, target.Watts, machine.PowerLag, step));
        var celsius = Follow(state.Celsius, machine.SettledCelsius(mean), machine.ThermalLag, step);
        var (cooling, clock) = Cool(machine, state, celsius, step);
        return new PlantState
        {
            Elapsed = state.Elapsed + step,
            Power = Power.FromWatts(Follow(state.Power.Watts, target.Watts, machine.PowerLag, step)),
            Energy = state.Energy + mean.Over(step),
            Celsius = celsius,
            CoolingState = cooling,
            CoolingClock = clock,
            Clusters = Count(state.Clusters, clusters, step),
            Pressure = state.Pressure.After(Stalled(machine, clusters, wanted), step),
            Enforced = enforced,
            Ceiling = Target(machine, Govern(machine, 1, Fit(machine, 1, open, enforced))),
            Wanted = Power.FromWatts(Follow(state.Wanted.Watts, Unlimited(machine, wanted).Watts, machine.PowerLag, step)),
        };
    }

    // A limit that has just been switched on starts from the most that the machine draws.
    private static ImmutableDictionary<string, double> Enforce(MachineModel machine, PlantState state, Limits limits, TimeSpan step) =>
        limits.Powers.IsEmpty ? ImmutableDictionary<string, double>.Empty : limits.Powers.ToImmutableDictionary(limit => limit.Name, limit =>
            Follow(state.Enforced.GetValueOrDefault(limit.Name, machine.Busy.Watts), limit.Power.Watts, limit.Lag, step));

    private static ImmutableArray<long> Open(MachineModel machine, int coolingState, Limits limits) =>
        [.. machine.Clusters.Select((cluster, i) => Math.Min(cluster.CeilingAt(coolingState), limits.MaximumKilohertz[i]))];

    private static Power Unlimited(MachineModel machine, double demand) =>
        Target(machine, Govern(machine, demand, Limits.None(machine).MaximumKilohertz));

    // Ceilings come down together until the machine fits under the lowest limit, as RAPL and firmware do it.
    private static ImmutableArray<long> Fit(MachineModel machine, double demand, ImmutableArray<long> open, ImmutableDictionary<string, double> enforced)
    {
        if (enforced.IsEmpty)
            return open;
        var cap = Power.FromWatts(Math.Max(0, enforced.Values.Min()));
        if (Target(machine, Govern(machine, demand, open)) <= cap)
            return open;
        double low = 0, high = 1;
        for (var i = 0; i < 16; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = Target(machine, Govern(machine, demand, Scaled(middle))) <= cap ? (middle, high) : (low, middle);
        }
        return Scaled(low);

        ImmutableArray<long> Scaled(double share) => [.. open.Select(ceiling => (long)(ceiling * share))];
    }

    private static ImmutableArray<ClusterState> Govern(MachineModel machine, double demand, ImmutableArray<long> ceilings) =>
        [.. machine.Clusters.Select((cluster, i) =>
        {
            var frequency = cluster.Choose(GovernorHeadroom * Math.Sqrt(demand) * cluster.MaximumKilohertz, ceilings[i]);
            return new ClusterState(frequency, Math.Min(1, demand * cluster.MaximumKilohertz / frequency), TimeSpan.Zero);
        })];

    private static Power Target(MachineModel machine, ImmutableArray<ClusterState> clusters)
    {
        double weights = 0, dynamic = 0;
        for (var i = 0; i < clusters.Length; i++)
        {
            var shape = machine.Clusters[i];
            weights += shape.Weight;
            dynamic += shape.Weight * clusters[i].Busy * Math.Pow((double)clusters[i].Kilohertz / shape.MaximumKilohertz, machine.Exponent);
        }
        return weights == 0 ? machine.Idle : machine.Idle + (machine.Busy - machine.Idle) * (dynamic / weights);
    }

    private static (int State, TimeSpan Clock) Cool(MachineModel machine, PlantState state, double celsius, TimeSpan step)
    {
        var clock = state.CoolingClock + step;
        if (clock < CoolingPeriod)
            return (state.CoolingState, clock);
        var deepest = machine.Clusters.IsEmpty ? 0 : machine.Clusters.Max(cluster => Math.Max(cluster.Steps.Length - 1, 0));
        var next = celsius >= machine.PassiveTrip.Celsius ? state.CoolingState + 1
            : celsius < machine.PassiveTrip.Celsius - CoolingHysteresis ? state.CoolingState - 1
            : state.CoolingState;
        return (Math.Clamp(next, 0, deepest == 0 ? 10 : deepest), TimeSpan.Zero);
    }

    private static ImmutableArray<ClusterState> Count(ImmutableArray<ClusterState> before, ImmutableArray<ClusterState> now, TimeSpan step) =>
        [.. now.Select((cluster, i) => cluster with { BusyTime = before[i].BusyTime + step * cluster.Busy })];

    // Work that was wanted and not done, over all clusters.
    private static double Stalled(MachineModel machine, ImmutableArray<ClusterState> clusters, double demand)
    {
        var done = clusters.Select((cluster, i) => cluster.Busy * cluster.Kilohertz / machine.Clusters[i].MaximumKilohertz).DefaultIfEmpty(demand).Average();
        return Math.Clamp(demand - done, 0, 1);
    }

    private static double Follow(double from, double to, TimeSpan lag, TimeSpan step) => to + (from - to) * Math.Exp(-(step / lag));

    // The mean of Follow over the step: what makes the energy of one long step that of many short ones.
    private static double Average(double from, double to, TimeSpan lag, TimeSpan step) =>
        to + (from - to) * (lag / step) * (1 - Math.Exp(-(step / lag)));
}

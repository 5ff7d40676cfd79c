using System.Collections.Immutable;

namespace Homelab.RecordedHosts.Tests;

/// <summary>Machines for the tests: the demo's three, with the clusters their trees have.</summary>
internal static class Machines
{
    public static readonly ImmutableArray<long> LittleSteps = [408000, 600000, 816000, 1008000, 1200000, 1416000, 1608000, 1800000];
    public static readonly ImmutableArray<long> BigSteps = [.. LittleSteps, 2016000, 2208000, 2304000];

    public static MachineModel Rk1 => MachineModel.For("rk1",
        [Cluster([0, 1, 2, 3], LittleSteps), Cluster([4, 5], BigSteps), Cluster([6, 7], BigSteps)]);

    public static MachineModel Um890 => MachineModel.For("um890",
        [.. Enumerable.Range(0, 16).Select(cpu => new ClusterShape([cpu], 400000, 5263000, []))]);

    public static MachineModel Pi4b => MachineModel.For("pi4b",
        [Cluster([0, 1, 2, 3], [.. Enumerable.Range(6, 10).Select(n => n * 100_000L)])]);

    public static MachineModel[] All => [Rk1, Um890, Pi4b];

    /// <summary>The state after a constant demand for some seconds.</summary>
    public static PlantState Run(MachineModel machine, double demand, double seconds, Limits? limits = null, double step = 0.25, PlantState? from = null)
    {
        var state = from ?? PlantState.Initial(machine);
        for (var i = 0; i < seconds / step; i++)
            state = Plant.Step(machine, state, demand, limits ?? Limits.None(machine), TimeSpan.FromSeconds(step));
        return state;
    }

    private static ClusterShape Cluster(ImmutableArray<int> cpus, ImmutableArray<long> steps) => new(cpus, steps[0], steps[^1], steps);
}

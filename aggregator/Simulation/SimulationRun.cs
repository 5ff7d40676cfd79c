using Homelab.Aggregator.Simulation.Figures;
using Homelab.Aggregator.Simulation.Fleets;
using Homelab.Aggregator.Simulation.Plants;
using Homelab.Aggregator.Simulation.Rivals;
using Homelab.Aggregator.Simulation.Scenarios;

namespace Homelab.Aggregator.Simulation;

/// <summary>One scenario with one seed: the same plant and demand for every policy that is asked of it.</summary>
internal sealed class SimulationRun
{
    private readonly Scenario _scenario;
    private readonly ulong _seed;
    private readonly DemandTrace _demand;
    private readonly Oracle _oracle;

    public SimulationRun(Scenario scenario, ulong seed)
    {
        (_scenario, _seed) = (scenario, seed);
        _demand = DemandTrace.Draw(scenario, seed);
        _oracle = Oracle.Of(scenario, _demand);
    }

    /// <param name="recorder">Sees every step; null when nobody draws a picture.</param>
    public RunFigures Play(Policy policy, IRunRecorder? recorder = null)
    {
        var plant = new Plant(_scenario, _demand);
        var meters = new Meters(_scenario, _demand);
        var fleet = Fleet(policy, plant, meters);
        var figures = new FigureMeter(_scenario, _demand, _oracle);
        for (var step = 0; step < _demand.Steps; step++)
        {
            plant.Advance(step);
            meters.Record(plant);
            fleet.Advance(step);
            figures.Observe(step, plant, fleet);
            recorder?.Record(step, plant, fleet);
        }
        return figures.Close(_seed);
    }

    private IFleet Fleet(Policy policy, Plant plant, Meters meters) => policy switch
    {
        Policy.Ours => new OurFleet(_scenario, plant, meters, _seed, isHard: true),
        Policy.OursBounded => new OurFleet(_scenario, plant, meters, _seed, isHard: false),
        Policy.Static => Rival(plant, meters, new StaticSplit()),
        Policy.Slurm => Rival(plant, meters, new SlurmRules()),
        Policy.Ear => Rival(plant, meters, new EarRules()),
        Policy.Dynamo => Rival(plant, meters, new DynamoRules()),
        Policy.Thunderbolt => Rival(plant, meters, new ThunderboltRules()),
        _ => Rival(plant, meters, new NoLimit()),
    };

    private RivalFleet Rival(Plant plant, Meters meters, IRival rules) => new(_scenario, plant, meters, Dice.ForLink(_seed), rules);
}

/// <summary>Sees a run go by.</summary>
internal interface IRunRecorder
{
    void Record(int step, Plant plant, IFleet fleet);
}

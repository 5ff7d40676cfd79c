using Homelab.Aggregator.Simulation.Scenarios;

namespace Homelab.Aggregator.Simulation.Plants;

/// <summary>What every node wants at every step of a run, and how the hardware of this run errs; the same for all policies.</summary>
/// <remarks>Watts are plain doubles inside the plant and its figures: a comparison of all policies takes 10^9 of these steps.</remarks>
internal sealed class DemandTrace
{
    /// <summary>Length of a step of the plant.</summary>
    public static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    /// <summary>Same, in seconds.</summary>
    public const double StepSeconds = 0.05;

    private readonly Scenario _scenario;

    private DemandTrace(Scenario scenario)
    {
        _scenario = scenario;
        Nodes = scenario.Nodes.Length;
        Steps = (int)(scenario.Duration / Step);
        Watts = new double[Nodes * Steps];
        Workload = new float[Nodes * Steps];
        LastSwitch = new float[Steps];
        MeterBias = new double[Nodes];
        ActuatorBias = new double[Nodes];
    }

    public int Nodes { get; }

    public int Steps { get; }

    /// <summary>By step, then node.</summary>
    public double[] Watts { get; }

    /// <summary>What work of this kind draws under a limit, by the draw that the limiter believes; by step, then node.</summary>
    public float[] Workload { get; }

    /// <summary>By step: seconds since a node last went busy or idle.</summary>
    public float[] LastSwitch { get; }

    /// <summary>Measured by true draw above idle; by node.</summary>
    public double[] MeterBias { get; }

    /// <summary>True by believed draw above idle under a limit; by node.</summary>
    public double[] ActuatorBias { get; }

    public static DemandTrace Draw(Scenario scenario, ulong seed)
    {
        var trace = new DemandTrace(scenario);
        trace.Fill(Dice.ForPlant(seed));
        return trace;
    }

    private void Fill(Dice dice)
    {
        var phases = new Phase[Nodes];
        for (var i = 0; i < Nodes; i++)
        {
            var node = _scenario.Nodes[i];
            MeterBias[i] = 1 + (node.MeterError * dice.Normal());
            ActuatorBias[i] = 1 + (node.ActuatorError * dice.Normal());
            phases[i] = new Phase { Load = 0.05, Workload = 1, Until = dice.Exponential(_scenario.Demand.FirstSwitch.TotalSeconds) };
        }
        var nextBurst = dice.Exponential(_scenario.Demand.FirstBurst.TotalSeconds);
        var lastSwitch = 0.0;
        for (var step = 0; step < Steps; step++)
        {
            var time = step * StepSeconds;
            var isBurst = time >= nextBurst;
            if (isBurst)
                nextBurst = time + dice.Exponential(_scenario.Demand.BurstEvery.TotalSeconds);
            for (var i = 0; i < Nodes; i++)
            {
                if (Moves(ref phases[i], time, isBurst, dice))
                {
                    Switch(ref phases[i], _scenario.Nodes[i], time, dice);
                    lastSwitch = time;
                }
                Watts[(step * Nodes) + i] = Wanted(i, time, phases[i].Load, dice);
                Workload[(step * Nodes) + i] = (float)phases[i].Workload;
            }
            LastSwitch[step] = (float)(time - lastSwitch);
        }
    }

    private bool Moves(ref Phase phase, double time, bool isBurst, Dice dice) =>
        time >= phase.Until || (isBurst && dice.Uniform() < _scenario.Demand.Correlation && !phase.IsBusy);

    private void Switch(ref Phase phase, SimulatedNode node, double time, Dice dice)
    {
        var demand = _scenario.Demand;
        phase.IsBusy = !phase.IsBusy;
        if (phase.IsBusy)
        {
            phase.Load = demand.BusyFrom + ((1 - demand.BusyFrom) * dice.Uniform());
            phase.Until = time + dice.Exponential(demand.Busy.TotalSeconds);
            phase.Workload = 1 + (node.WorkloadError * dice.Normal());
        }
        else
        {
            phase.Load = demand.IdleFrom + ((demand.IdleTo - demand.IdleFrom) * dice.Uniform());
            phase.Until = time + dice.Exponential(demand.Idle.TotalSeconds);
        }
    }

    private double Wanted(int i, double time, double load, Dice dice)
    {
        var node = _scenario.Nodes[i];
        // Drawn for a recorded node too, so that a trace for one node leaves the others' demand as it was.
        var noise = dice.Normal();
        if (node.Trace is { } recorded)
            return Math.Clamp(recorded.At(TimeSpan.FromSeconds(time)).Watts, node.Idle.Watts, node.Ceiling.Watts);
        var share = Math.Clamp(load * (1 + (_scenario.Demand.Noise * noise)), 0, 1);
        return node.Idle.Watts + (node.Range.Watts * share);
    }

    private struct Phase
    {
        public bool IsBusy;
        public double Load;
        public double Until;
        public double Workload;
    }
}

using Homelab.Aggregator.Simulation.Plants;
using Homelab.Aggregator.Simulation.Scenarios;

namespace Homelab.Aggregator.Simulation.Fleets;

/// <summary>At which steps each agent reports.</summary>
internal sealed class ReportClock
{
    private readonly int _every;
    private readonly int[] _phase;

    public ReportClock(Scenario scenario, Dice dice)
    {
        _every = Math.Max(1, (int)(scenario.Link.ReportEvery / DemandTrace.Step));
        _phase = new int[scenario.Nodes.Length];
        for (var i = 0; i < _phase.Length && scenario.Link.IsSpread; i++)
            _phase[i] = (int)(dice.Uniform() * _every);
    }

    public bool IsDue(int node, int step) => step % _every == _phase[node];
}

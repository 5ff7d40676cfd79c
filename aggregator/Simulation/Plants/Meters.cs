using Homelab.Aggregator.Simulation.Scenarios;
using Homelab.Units;

namespace Homelab.Aggregator.Simulation.Plants;

/// <summary>What the sensors say of the plant: means over a window, off by a bias and a noise of the draw above idle.</summary>
internal sealed class Meters
{
    private const int MostSlots = 64;
    private readonly Scenario _scenario;
    private readonly DemandTrace _demand;
    private readonly double[] _seen;
    private readonly double[] _used;
    private readonly int[] _slots;
    private int _recorded;

    public Meters(Scenario scenario, DemandTrace demand)
    {
        (_scenario, _demand) = (scenario, demand);
        (_seen, _used) = (new double[demand.Nodes * MostSlots], new double[demand.Nodes * MostSlots]);
        _slots = [.. scenario.Nodes.Select(node => Math.Clamp((int)Math.Round(node.MeterWindow / DemandTrace.Step), 1, MostSlots))];
    }

    /// <summary>To be called once a step.</summary>
    public void Record(Plant plant)
    {
        for (var i = 0; i < _slots.Length; i++)
        {
            var slot = (i * MostSlots) + (_recorded % _slots[i]);
            _seen[slot] = plant.Draw[i];
            if (_scenario.Nodes[i].IsHeldByFrequency)
                _used[slot] = plant.Use(i);
        }
        _recorded++;
    }

    /// <summary>A report's figure. Each call draws new noise.</summary>
    public Power Read(int node, Dice dice)
    {
        var idle = _scenario.Nodes[node].Idle.Watts;
        var noise = 1 + (_scenario.Nodes[node].MeterNoise * dice.Normal());
        return Power.FromWatts(Math.Max(0, idle + ((Mean(_seen, node) - idle) * _demand.MeterBias[node] * noise)));
    }

    /// <summary>Share of the processors' time in use over the same window; 0 for nodes that are not held by frequency.</summary>
    public double Use(int node) => Mean(_used, node);

    private double Mean(double[] series, int node)
    {
        var count = Math.Min(_recorded, _slots[node]);
        var sum = 0.0;
        for (var i = 0; i < count; i++)
            sum += series[(node * MostSlots) + i];
        return count == 0 ? 0 : sum / count;
    }
}

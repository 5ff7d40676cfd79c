using Homelab.Aggregator.Simulation.Plants;
using Homelab.Aggregator.Simulation.Scenarios;

namespace Homelab.Aggregator.Simulation.Figures;

/// <summary>What could have been had with the same demand and budget by someone who knows all and acts at once. Work grows with the 1/2.2-th power of the dynamic draw.</summary>
/// <remarks>Two of them: the optimum spends each watt where it brings most; the robust one must keep the floors of idle nodes free as every hard guarantee must, and shares by water-filling.</remarks>
internal sealed class Oracle
{
    /// <summary>Rate of work by draw: (draw above idle ÷ demand above idle)^Exponent.</summary>
    public const double Exponent = 1 / 2.2;

    /// <summary>Steps from one point of comparison to the next.</summary>
    public const int Stride = 10;

    private readonly double[] _idle;
    private readonly double[] _floor;
    private readonly double[] _weight;
    private readonly double[] _share;
    private readonly int[][] _classes;

    private Oracle(Scenario scenario, int steps)
    {
        _idle = [.. scenario.Nodes.Select(node => node.Idle.Watts)];
        _floor = [.. scenario.Nodes.Select(node => (node.EnforceableFloor - node.Idle).Watts)];
        _weight = [.. scenario.Nodes.Select(node => node.Weight)];
        _share = [.. scenario.Nodes.Select(node => node.Weight * node.Range.Watts)];
        var order = scenario.Classes.Select(one => one.Name).ToList();
        _classes = [.. Enumerable.Range(0, scenario.Nodes.Length)
            .GroupBy(i => order.IndexOf(scenario.Nodes[i].PriorityClass) is >= 0 and var rank ? rank : int.MaxValue)
            .OrderBy(group => group.Key).Select(group => group.ToArray())];
        var points = (steps + Stride - 1) / Stride;
        (Best, Robust, Full) = (new double[points], new double[points], new double[points]);
        IsBinding = new bool[steps];
    }

    /// <summary>Weighted work per point of the clairvoyant optimum.</summary>
    public double[] Best { get; }

    /// <summary>Weighted work per point of the best that keeps the floors free.</summary>
    public double[] Robust { get; }

    /// <summary>Weighted work per point without a budget.</summary>
    public double[] Full { get; }

    /// <summary>By step: the demand does not fit into the budget.</summary>
    public bool[] IsBinding { get; }

    public static Oracle Of(Scenario scenario, DemandTrace demand)
    {
        var oracle = new Oracle(scenario, demand.Steps);
        var nodes = demand.Nodes;
        var wanted = new double[nodes];
        var scratch = new double[nodes];
        var idle = oracle._idle.Sum();
        for (var step = 0; step < demand.Steps; step++)
        {
            var sum = 0.0;
            for (var i = 0; i < nodes; i++)
            {
                wanted[i] = Math.Max(1e-6, demand.Watts[(step * nodes) + i] - oracle._idle[i]);
                sum += wanted[i];
            }
            var available = (scenario.BudgetAt(step * DemandTrace.Step) - scenario.Unmanaged).Watts - idle;
            oracle.IsBinding[step] = sum > available;
            if (step % Stride == 0)
                oracle.Judge(step / Stride, wanted, available, sum > available, scratch);
        }
        return oracle;
    }

    private void Judge(int point, double[] wanted, double available, bool isBinding, double[] scratch)
    {
        Full[point] = Work(wanted, wanted);
        Best[point] = Full[point];
        if (isBinding && available > 0)
        {
            Optimum(wanted, available, scratch);
            Best[point] = Work(scratch, wanted);
        }
        Share(wanted, available, scratch);
        Robust[point] = Work(scratch, wanted);
    }

    private double Work(double[] draw, double[] wanted)
    {
        var work = 0.0;
        for (var i = 0; i < wanted.Length; i++)
            work += _weight[i] * wanted[i] * (draw[i] >= wanted[i] ? 1 : Math.Pow(draw[i] / wanted[i], Exponent));
        return work;
    }

    /// <summary>At the optimum the last watt brings the same work everywhere (Karush, Kuhn, Tucker): each node gets its demand times one level, between what it draws at least and what it wants.</summary>
    private void Optimum(double[] wanted, double available, double[] draw)
    {
        var (low, high) = (1e-9, 1e9);
        for (var i = 0; i < 60; i++)
        {
            var level = Math.Sqrt(low * high);
            if (Fill(level) > available)
                high = level;
            else
                low = level;
        }
        Fill(low);

        double Fill(double level)
        {
            var sum = 0.0;
            for (var i = 0; i < wanted.Length; i++)
            {
                var pull = _weight[i] == 1 ? 1 : Math.Pow(_weight[i], 1 / (1 - Exponent));
                draw[i] = Math.Max(Math.Min(wanted[i], _floor[i]), Math.Min(wanted[i], wanted[i] * pull * level));
                sum += draw[i];
            }
            return sum;
        }
    }

    /// <summary>Floors first, then by class, then in proportion to weight and range.</summary>
    private void Share(double[] wanted, double available, double[] draw)
    {
        var rest = available;
        for (var i = 0; i < draw.Length; i++)
        {
            draw[i] = _floor[i];
            rest -= _floor[i];
        }
        foreach (var members in _classes)
        {
            if (rest <= 0)
                return;
            rest -= Pour(members, wanted, rest, draw);
        }
    }

    private double Pour(int[] members, double[] wanted, double rest, double[] draw)
    {
        var asked = members.Sum(i => Math.Max(0, wanted[i] - _floor[i]));
        var (low, high) = (0.0, members.Max(i => Math.Max(0, wanted[i] - _floor[i]) / _share[i]));
        var level = high;
        for (var round = 0; asked > rest && round < 60; round++)
        {
            level = (low + high) / 2;
            if (members.Sum(i => Math.Min(Math.Max(0, wanted[i] - _floor[i]), _share[i] * level)) > rest)
                high = level;
            else
                low = level;
        }
        var poured = 0.0;
        foreach (var i in members)
        {
            var part = Math.Min(Math.Max(0, wanted[i] - _floor[i]), _share[i] * level);
            draw[i] += part;
            poured += part;
        }
        return poured;
    }
}

using Homelab.Aggregator.Simulation.Scenarios;

namespace Homelab.Aggregator.Simulation.Rivals;

/// <summary>What a rival's controller sees and sets, by node; watts. All nodes can be throttled.</summary>
internal sealed class RivalView
{
    public RivalView(Scenario scenario)
    {
        Floors = [.. scenario.Nodes.Select(node => node.Floor.Watts)];
        Ceilings = [.. scenario.Nodes.Select(node => node.Ceiling.Watts)];
        Caps = [.. Ceilings];
        Measured = [.. scenario.Nodes.Select(node => (node.Idle + (node.Range * 0.05)).Watts)];
        (Budget, Unmanaged) = (scenario.Budget.Watts, scenario.Unmanaged.Watts);
        HighestBudget = Budget;
    }

    public double[] Floors { get; }

    public double[] Ceilings { get; }

    /// <summary>Of the newest report.</summary>
    public double[] Measured { get; }

    /// <summary>In: as last set. Out: as they should be.</summary>
    public double[] Caps { get; }

    public double Budget { get; set; }

    public double Unmanaged { get; }

    /// <summary>At the start; some rules scale with it.</summary>
    public double HighestBudget { get; }

    /// <summary>Seconds from the start.</summary>
    public double Time { get; set; }

    public int Count => Floors.Length;

    /// <summary>The budget's part for the nodes.</summary>
    public double Share => Budget - Unmanaged;

    public double MeasuredTotal
    {
        get
        {
            var sum = Unmanaged;
            foreach (var watts in Measured)
                sum += watts;
            return sum;
        }
    }

    public double FloorTotal => Floors.Sum();

    public double Range(int node) => Ceilings[node] - Floors[node];

    /// <summary>Every node its floor and the same share of its range, so that all together are <paramref name="total"/>.</summary>
    public void SplitEvenly(double total)
    {
        var share = Math.Clamp((total - FloorTotal) / (Ceilings.Sum() - FloorTotal), 0, 1);
        for (var i = 0; i < Count; i++)
            Caps[i] = Floors[i] + (share * Range(i));
    }
}

/// <summary>A published rule for holding a budget, made anew from its description; not the product of that name.</summary>
internal interface IRival
{
    /// <summary>Seconds from one decision to the next.</summary>
    double Period { get; }

    /// <summary>True: caps whose sum is within the budget are in place from the start.</summary>
    bool StartsCapped { get; }

    void Decide(RivalView view, Dice dice);
}

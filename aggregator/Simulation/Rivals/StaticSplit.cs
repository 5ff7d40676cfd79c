namespace Homelab.Aggregator.Simulation.Rivals;

/// <summary>The budget is split once, each node the same share of its range, and anew only when the budget changes.</summary>
internal sealed class StaticSplit : IRival
{
    public double Period => 0.5;

    public bool StartsCapped => true;

    public void Decide(RivalView view, Dice dice) => view.SplitEvenly(view.Share);
}

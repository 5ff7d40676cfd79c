namespace Homelab.Aggregator.Simulation.Rivals;

/// <summary>Nobody holds anything: what the demand would draw.</summary>
internal sealed class NoLimit : IRival
{
    public double Period => double.PositiveInfinity;

    public bool StartsCapped => false;

    public void Decide(RivalView view, Dice dice)
    {
    }
}

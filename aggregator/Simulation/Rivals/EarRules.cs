namespace Homelab.Aggregator.Simulation.Rivals;

/// <summary>EAR's global manager with a soft cluster limit: every 120 s it caps all nodes above 90 % of the budget, and uncaps them at 40 %.</summary>
internal sealed class EarRules : IRival
{
    private const double Activate = 0.9;
    private const double Deactivate = 0.4;

    private bool _isCapping;

    public double Period => 120;

    public bool StartsCapped => false;

    public void Decide(RivalView view, Dice dice)
    {
        if (view.MeasuredTotal > Activate * view.Budget)
        {
            _isCapping = true;
            view.SplitEvenly(view.Share);
        }
        else if (_isCapping && view.MeasuredTotal <= Deactivate * view.Budget)
        {
            _isCapping = false;
            view.Ceilings.CopyTo(view.Caps, 0);
        }
    }
}

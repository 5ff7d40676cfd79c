namespace Homelab.Aggregator.Simulation.Rivals;

/// <summary>Google's Thunderbolt: every second, above 98 % of the budget the load is cut to a hundredth, above 96 % to three quarters; then each node gets 5 % of its range back at random times 1 to 10 s apart.</summary>
internal sealed class ThunderboltRules : IRival
{
    private const double High = 0.98;
    private const double Low = 0.96;
    private const double HardCut = 0.01;
    private const double SoftCut = 0.75;
    private const double Step = 0.05;

    private double[] _raisesAt = [];
    private bool _isThrottling;

    public double Period => 1;

    public bool StartsCapped => false;

    public void Decide(RivalView view, Dice dice)
    {
        if (_raisesAt.Length == 0)
            _raisesAt = new double[view.Count];
        var total = view.MeasuredTotal;
        if (total > High * view.Budget)
            Throttle(view, dice, i => HardCut * (Math.Min(view.Caps[i], view.Measured[i]) - view.Floors[i]));
        else if (_isThrottling && total > Low * view.Budget)
            Throttle(view, dice, i => SoftCut * (view.Caps[i] - view.Floors[i]));
        else if (_isThrottling)
            Raise(view, dice);
    }

    private void Throttle(RivalView view, Dice dice, Func<int, double> left)
    {
        _isThrottling = true;
        for (var i = 0; i < view.Count; i++)
        {
            view.Caps[i] = view.Floors[i] + Math.Max(0, left(i));
            _raisesAt[i] = Next(view, dice);
        }
    }

    private void Raise(RivalView view, Dice dice)
    {
        for (var i = 0; i < view.Count; i++)
        {
            if (view.Caps[i] >= view.Ceilings[i] || view.Time < _raisesAt[i])
                continue;
            view.Caps[i] = Math.Min(view.Ceilings[i], view.Caps[i] + (Step * view.Range(i)));
            _raisesAt[i] = Next(view, dice);
        }
    }

    private static double Next(RivalView view, Dice dice) => view.Time + 1 + (9 * dice.Uniform());
}

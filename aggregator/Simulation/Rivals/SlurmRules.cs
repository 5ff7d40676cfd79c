namespace Homelab.Aggregator.Simulation.Rivals;

/// <summary>Slurm's power/cray plugin (removed in 24.05): every 30 s nodes below 90 % of their cap give half of what they leave, those above 95 % get 20 % of their range from what is left.</summary>
internal sealed class SlurmRules : IRival
{
    private const double LowerThreshold = 0.90;
    private const double UpperThreshold = 0.95;
    private const double DecreaseRate = 0.5;
    private const double IncreaseRate = 0.2;

    private readonly List<int> _busy = [];

    public double Period => 30;

    public bool StartsCapped => true;

    public void Decide(RivalView view, Dice dice)
    {
        _busy.Clear();
        var given = 0.0;
        for (var i = 0; i < view.Count; i++)
        {
            if (view.Measured[i] > UpperThreshold * view.Caps[i])
            {
                _busy.Add(i);
                continue;
            }
            if (view.Measured[i] < LowerThreshold * view.Caps[i])
                Lower(view, i);
            given += view.Caps[i];
        }
        Raise(view, Math.Max(0, view.Share - given));
        FitIn(view);
    }

    private static void Lower(RivalView view, int i)
    {
        var unused = (view.Caps[i] - view.Measured[i]) / 2;
        view.Caps[i] = Math.Max(view.Floors[i], view.Caps[i] - Math.Min(unused, DecreaseRate * view.Range(i)));
    }

    private void Raise(RivalView view, double left)
    {
        for (var turn = 0; turn < _busy.Count; turn++)
        {
            var i = _busy[turn];
            var each = left / (_busy.Count - turn);
            var wanted = Math.Min(view.Caps[i] + (IncreaseRate * view.Range(i)), each);
            view.Caps[i] = Math.Clamp(wanted, view.Floors[i], view.Ceilings[i]);
            left = Math.Max(0, left - view.Caps[i]);
        }
    }

    /// <summary>Floors may have lifted the sum above the budget: what is above the floors shrinks alike.</summary>
    private static void FitIn(RivalView view)
    {
        var sum = view.Caps.Sum();
        if (sum <= view.Share)
            return;
        var keep = Math.Max(0, (view.Share - view.FloorTotal) / (sum - view.FloorTotal));
        for (var i = 0; i < view.Count; i++)
            view.Caps[i] = view.Floors[i] + (keep * (view.Caps[i] - view.Floors[i]));
    }
}

namespace Homelab.Aggregator.Simulation.Rivals;

/// <summary>Facebook's Dynamo: every 3 s, above 99 % of the budget it cuts to 95 %, from the highest bucket of draws downwards; below 90 % it uncaps.</summary>
internal sealed class DynamoRules : IRival
{
    private const double Capping = 0.99;
    private const double Target = 0.95;
    private const double Uncapping = 0.90;
    private const double Negligible = 1e-9;

    private bool _isCapping;

    public double Period => 3;

    public bool StartsCapped => false;

    public void Decide(RivalView view, Dice dice)
    {
        var total = view.MeasuredTotal;
        if (total >= Capping * view.Budget)
        {
            _isCapping = true;
            Cut(view, total - (Target * view.Budget));
        }
        else if (_isCapping && total < Uncapping * view.Budget)
        {
            _isCapping = false;
            view.Ceilings.CopyTo(view.Caps, 0);
        }
    }

    private static void Cut(RivalView view, double excess)
    {
        var bucket = view.HighestBudget > 300 ? 25 : 10;
        var draws = view.Measured.ToArray();
        for (var level = Math.Floor(draws.Max() / bucket) * bucket; excess > Negligible; level -= bucket)
        {
            var bottom = Math.Max(0, level);
            var above = 0.0;
            for (var i = 0; i < draws.Length; i++)
                above += Above(draws[i], Math.Max(bottom, view.Floors[i]));
            var part = above > excess ? excess / above : 1;
            for (var i = 0; i < draws.Length; i++)
                draws[i] -= part * Above(draws[i], Math.Max(bottom, view.Floors[i]));
            excess -= part * above;
            if (bottom == 0)
                break;
        }
        for (var i = 0; i < draws.Length; i++)
        {
            if (draws[i] < view.Measured[i] - Negligible)
                view.Caps[i] = draws[i];
        }
    }

    private static double Above(double draw, double bottom) => Math.Max(0, draw - bottom);
}

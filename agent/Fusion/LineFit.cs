using Homelab.Units;

namespace Homelab.NodeAgent.Fusion;

/// <summary>What is believed of a line before anything is measured, and what it can be at all.</summary>
/// <param name="Base">Watts at x = 0, and its bounds.</param>
/// <param name="Slope">Watts for each unit of x, and its bounds.</param>
/// <param name="Scale">What x spans on this machine, above zero.</param>
internal readonly record struct LinePrior(
    double Base, double LeastBase, double MostBase, double Slope, double LeastSlope, double MostSlope, double Scale);

/// <summary>The weighted sums that a fit is made of: what is stored.</summary>
internal readonly record struct LineSums(double Weight, double X, double Y, double Xx, double Xy, double Yy)
{
    /// <summary>What no sequence of measurements can have left: a damaged or foreign file.</summary>
    public bool IsSound =>
        double.IsFinite(Weight) && double.IsFinite(X) && double.IsFinite(Y) && double.IsFinite(Xy)
        && Weight is >= 0 and <= 1e9 && Xx is >= 0 and <= 1e18 && Yy is >= 0 and <= 1e18
        && (X * X) <= (Weight * Xx * 1.0001) + 1e-9 && (Y * Y) <= (Weight * Yy * 1.0001) + 1e-9;
}

/// <summary>Recursive least squares of a line with fading memory, drawn to a prior and held within bounds. Owned by one thread.</summary>
/// <remarks>
/// Normal equations of the sums rather than an updated covariance: the same result, and nothing that winds up while x stands still.
/// A second of measurement weighs 1; the prior of the base weighs a second, that of the slope six over the whole scale,
/// so that a machine that only ever idles learns its base and keeps the slope that it was given.
/// </remarks>
internal sealed class LineFit(LinePrior prior, LineSums sums = default)
{
    private const double SecondsToLearn = 60;
    private const double BaseWeight = 1;
    private const double SlopeWeight = 6;

    /// <summary>Half of what was learned is forgotten in six hours of measurement: disks are added, and fans grow old.</summary>
    private const double HalfLifeSeconds = 6 * 3600;

    private const double LongestStep = 60;

    private LineSums _sums = sums.IsSound ? sums : default;

    public LineSums Sums => _sums;

    public bool IsLearned => _sums.Weight >= SecondsToLearn;

    /// <summary>Takes one measurement in; anything that is no number, or negative, is passed over.</summary>
    /// <param name="x">Part or activity.</param>
    /// <param name="watts">The whole, by a meter.</param>
    /// <param name="elapsed">The time that both are of.</param>
    public void Observe(double x, double watts, TimeSpan elapsed)
    {
        var weight = Math.Min(elapsed.TotalSeconds, LongestStep);
        if (!(x >= 0) || !(watts > 0) || x > 1e6 || watts > 1e6 || !(weight > 0))
            return;
        var kept = Math.Pow(0.5, weight / HalfLifeSeconds);
        var old = _sums;
        _sums = new LineSums(
            (old.Weight * kept) + weight, (old.X * kept) + (weight * x), (old.Y * kept) + (weight * watts),
            (old.Xx * kept) + (weight * x * x), (old.Xy * kept) + (weight * x * watts), (old.Yy * kept) + (weight * watts * watts));
    }

    /// <summary>The line as it stands; the prior while nothing was measured.</summary>
    public WholeLine Line(PowerScope scope)
    {
        var s = _sums;
        double n = s.Weight + BaseWeight, xx = s.Xx + (SlopeWeight * prior.Scale * prior.Scale);
        double y = s.Y + (BaseWeight * prior.Base), xy = s.Xy + (SlopeWeight * prior.Scale * prior.Scale * prior.Slope);
        var slope = Math.Clamp(((n * xy) - (s.X * y)) / ((n * xx) - (s.X * s.X)), prior.LeastSlope, prior.MostSlope);
        var level = Math.Clamp((y - (slope * s.X)) / n, prior.LeastBase, prior.MostBase);
        if (s.Weight <= 0)
            return new WholeLine(level, slope, 0, 0, 0, prior.Scale, scope);
        var squares = s.Yy - (2 * level * s.Y) - (2 * slope * s.Xy) + (level * level * s.Weight) + (2 * level * slope * s.X) + (slope * slope * s.Xx);
        var mean = s.X / s.Weight;
        var spread = Math.Sqrt(Math.Max(0, (s.Xx / s.Weight) - (mean * mean)));
        return new WholeLine(
            level, slope, Math.Sqrt(Math.Max(0, squares) / s.Weight), Math.Max(0, mean - (2 * spread)), mean + (2 * spread), prior.Scale, scope);
    }
}

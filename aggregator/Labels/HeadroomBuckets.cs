using Homelab.Units;

namespace Homelab.Aggregator.Labels;

/// <summary>Headroom in three buckets: <c>none</c> below 3 W (of a small node: 10 % of its ceiling), <c>low</c> below 25 % of the ceiling (unknown: 12 W), else <c>high</c>.
/// A boundary is crossed once the headroom has been beyond it by half the lower bucket's width for a while.</summary>
internal sealed class HeadroomBuckets(TimeSpan after)
{
    private readonly Latch _some = new(after, after);
    private readonly Latch _ample = new(after, after);
    private bool _isKnown;

    /// <summary>Null before the first headroom.</summary>
    public string? Word => !_isKnown ? null : !_some.IsOn ? "none" : _ample.IsOn ? "high" : "low";

    public void Adopt(string? word, TimeSpan now)
    {
        if (word is not ("none" or "low" or "high"))
            return;
        _some.Set(word != "none", now);
        _ample.Set(word == "high", now);
        _isKnown = true;
    }

    public void Observe(Power headroom, Power? ceiling, TimeSpan now)
    {
        var low = ceiling is { } most ? most * 0.25 : Power.FromWatts(12);
        var none = Power.Min(Power.FromWatts(3), low * 0.4);
        if (!_isKnown)
        {
            Adopt(headroom < none ? "none" : headroom < low ? "low" : "high", now);
            return;
        }
        Observe(_some, headroom, none, none * 0.5, now);
        Observe(_ample, headroom, low, (low - none) * 0.5, now);
    }

    public void Pause()
    {
        _some.Pause();
        _ample.Pause();
    }

    private static void Observe(Latch latch, Power headroom, Power boundary, Power slack, TimeSpan now) =>
        latch.Observe(headroom > boundary + slack, headroom < boundary - slack, now);
}

using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>How a node comes down after a cut: its limit lags behind what it was told, and its draw follows the limit. Until both are down, where it comes from counts.</summary>
internal sealed class CutSettling
{
    /// <summary>What a node was seen to draw, it may draw a little more of.</summary>
    private const double MeterSlack = 1.02;

    /// <summary>Within this of its cap a node has come down to it.</summary>
    private const double SettledSlack = 1.01;

    /// <summary>Time constants of a limit until it counts as settled.</summary>
    private const double LagsInSettle = 3;

    /// <summary>Long before any start; differences to it do not overflow.</summary>
    private static readonly TimeSpan Never = TimeSpan.FromDays(-36_500);

    private Power _drawn;
    private Power _cutFrom;
    private TimeSpan _cutAt = Never;

    /// <summary>When the last cut took hold, or will.</summary>
    public TimeSpan SettlesAt { get; private set; } = Never;

    /// <summary>A reading of its draw.</summary>
    public void Observe(Power power, Power held, TimeSpan now)
    {
        _drawn = Power.Min(_drawn, power * MeterSlack);
        if (power <= held * SettledSlack && now < SettlesAt)
            SettlesAt = now;
    }

    /// <summary>What it is held to went from <paramref name="before"/> to <paramref name="held"/>. What it drew before stays committed, as far as it was seen to draw it.</summary>
    /// <param name="drawn">A reading that is fresh; null where there is none.</param>
    public void Cut(Power before, Power held, Power? drawn, TimeSpan settle, TimeSpan now)
    {
        if (held >= before)
            return;
        (_cutFrom, _cutAt) = (before, now);
        _drawn = drawn is { } power ? Power.Min(before, power * MeterSlack) : before;
        SettlesAt = _drawn > held * MeterSlack ? now + settle : now;
    }

    /// <summary>The most that it may be at on its way down; zero once it is there.</summary>
    public Power Reach(Power held, TimeSpan settle, TimeSpan now) =>
        Power.Max(SettlesAt > now ? _drawn : Power.Zero, Lagging(held, settle, now));

    /// <summary>Where its limit stands: what an idle node draws says nothing about it, and it may wake meanwhile.</summary>
    private Power Lagging(Power held, TimeSpan settle, TimeSpan now)
    {
        if (now - _cutAt >= settle || _cutFrom <= held)
            return Power.Zero;
        return held + (_cutFrom - held) * Math.Exp(-LagsInSettle * ((now - _cutAt) / settle));
    }
}

using Homelab.Units;

namespace Homelab.Aggregator.Fleet;

/// <summary>Exponential mean of a power with a time constant of 5 s, so that a scrape every 15 to 60 s meets the recent
/// draw rather than one second of it. Exactness is in the energy counter.</summary>
internal static class SmoothedPower
{
    private static readonly TimeSpan TimeConstant = TimeSpan.FromSeconds(5);

    /// <summary>The next mean after <paramref name="elapsed"/> at <paramref name="current"/>; the current figure when there was none.</summary>
    public static Power? Next(Power? mean, Power? current, TimeSpan elapsed)
    {
        if (mean is not { } before || current is not { } now)
            return current;
        var weight = 1 - Math.Exp(-Math.Max(0, elapsed / TimeConstant));
        return Power.FromWatts(before.Watts + weight * (now.Watts - before.Watts));
    }
}

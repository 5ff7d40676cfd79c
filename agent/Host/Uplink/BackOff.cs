namespace Homelab.NodeAgent.Uplink;

/// <summary>How long to wait before dialling again: 0.5 s to a bound that doubles from 1 s to 4 s, evenly spread in between.</summary>
/// <remarks>The spread keeps a rack of agents from knocking in one beat when their aggregator comes back. No longer than 4 s: nodes sit at their safe
/// shares meanwhile, and a fleet is to be back six seconds after its aggregator.</remarks>
internal static class BackOff
{
    public static readonly TimeSpan Least = TimeSpan.FromSeconds(0.5);

    public static readonly TimeSpan Most = TimeSpan.FromSeconds(4);

    /// <summary>How long before another aggregator is dialled, which has not turned us away: a little, so that a fleet does not arrive in one beat.</summary>
    public static TimeSpan Elsewhere(double random) => TimeSpan.FromMilliseconds(20 + (random * 180));

    /// <param name="failures">Attempts that failed in a row before this wait, 0 or more.</param>
    /// <param name="random">0 up to but not including 1.</param>
    public static TimeSpan Delay(int failures, double random)
    {
        var bound = Math.Min(Most.TotalSeconds, Math.Pow(2, Math.Clamp(failures, 0, 16)));
        return Least + (random * (TimeSpan.FromSeconds(bound) - Least));
    }
}

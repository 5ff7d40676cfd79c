namespace Homelab.Aggregator.KubeApi;

/// <summary>Waits that double up to a bound, each drawn from its upper half so that many clients spread out.</summary>
/// <param name="random">Draws from 0 (inclusive) to 1 (exclusive).</param>
internal sealed class Backoff(TimeSpan first, TimeSpan longest, Func<double> random)
{
    private int _failures;

    public void Reset() => _failures = 0;

    public TimeSpan Next()
    {
        var full = Math.Min(longest.TotalSeconds, first.TotalSeconds * Math.Pow(2, Math.Min(_failures++, 30)));
        return TimeSpan.FromSeconds(full * (0.5 + 0.5 * random()));
    }
}

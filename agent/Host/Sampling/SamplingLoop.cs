using Homelab.NodeAgent.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Homelab.NodeAgent.Sampling;

/// <summary>Owns the time of sampling: a pass each interval, published once whole. The only writer of the <see cref="SnapshotStore"/>.</summary>
/// <param name="sampler">Makes the samples.</param>
/// <param name="store">Where they go.</param>
/// <param name="interval">Time between the beginnings of two passes; a pass that takes longer delays the next, and none is caught up.</param>
/// <param name="watchdog">Fed after each pass, and between passes when those are further apart than it allows.</param>
/// <param name="clock">The agent's monotonic clock.</param>
/// <param name="log">Hears of passes that fail as a whole.</param>
internal sealed class SamplingLoop(
    Sampler sampler, SnapshotStore store, TimeSpan interval, IWatchdog watchdog, MonotonicClock clock, ILogger log)
{
    /// <summary>Runs until cancelled; then returns normally.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var beat = watchdog.Pace is { } pace && pace < interval ? pace : interval;
        using var timer = new PeriodicTimer(beat, clock.Time);
        var nextPass = TimeSpan.Zero;
        try
        {
            do
            {
                // Half a beat of slack: a timer that fires a little early must not skip a pass.
                if (clock.Now + (beat / 2) >= nextPass)
                {
                    nextPass = clock.Now + interval;
                    await PassAsync().ConfigureAwait(false);
                }
                watchdog.Feed(store.Current);
            }
            while (await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }
    }

    private async Task PassAsync()
    {
        try
        {
            store.Publish(await sampler.PassAsync().ConfigureAwait(false));
        }
        catch (Exception error)
        {
            // A defect in arithmetic must not end a program that watches over power; the next pass starts afresh.
            Log.PassFailed(log, error);
        }
    }
}

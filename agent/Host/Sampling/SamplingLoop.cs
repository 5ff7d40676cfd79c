using System.Runtime.CompilerServices;
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
/// <param name="self">Counts passes; null: nobody does.</param>
internal sealed class SamplingLoop(
    Sampler sampler, SnapshotStore store, TimeSpan interval, IWatchdog watchdog, MonotonicClock clock, ILogger log, SelfMeter? self = null)
{
    /// <summary>Passes in a row that fail as a whole before the watchdog goes hungry.</summary>
    internal const int FailuresToStarve = 5;

    /// <summary>Runs until cancelled; then returns normally.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var beat = watchdog.Pace is { } pace && pace < interval ? pace : interval;
        using var timer = new PeriodicTimer(beat, clock.Time);
        var nextPass = TimeSpan.Zero;
        var failures = 0;
        try
        {
            do
            {
                // Half a beat of slack: a timer that fires a little early must not skip a pass.
                if (clock.Now + (beat / 2) >= nextPass)
                {
                    nextPass = clock.Now + interval;
                    failures = await PassAsync().ConfigureAwait(false) ? 0 : failures + 1;
                }
                // A loop that only fails is as dead as one that hangs: then the service manager's restart is the cure.
                if (failures < FailuresToStarve)
                    watchdog.Feed(store.Current);
            }
            while (await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }
    }

    /// <returns>False when the pass failed as a whole.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> PassAsync()
    {
        try
        {
            // Not precise, which would stop all threads: whole blocks of a thread's own, so nothing where nothing is allocated.
            var (begun, allocated) = (clock.Now, GC.GetTotalAllocatedBytes());
            if (store.Publish(await sampler.PassAsync().ConfigureAwait(false)) is { } free)
                sampler.Reuse(free);
            self?.Passed(clock.Now - begun, GC.GetTotalAllocatedBytes() - allocated);
            return true;
        }
        catch (Exception error)
        {
            // A defect in arithmetic must not end a program that watches over power; the next pass starts afresh.
            Log.PassFailed(log, error);
            return false;
        }
    }
}

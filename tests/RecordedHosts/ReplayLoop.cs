namespace Homelab.RecordedHosts;

/// <summary>Owns time: moves every host by what really passed, twenty times a second, and the energy counters a hundred times.</summary>
internal static class ReplayLoop
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(50);

    /// <summary>Runs until cancelled or until the time is over; a cancelled run is a normal end. After every move <paramref name="moved"/> gets the
    /// moment on the system's monotonic clock.</summary>
    public static async Task RunAsync(
        IReadOnlyList<ReplayedHost> hosts, TimeSpan? duration, Action<TimeSpan> moved, TimeProvider time, CancellationToken cancelled)
    {
        using var timer = new PeriodicTimer(Beat, time);
        var start = time.GetTimestamp();
        var shown = TimeSpan.Zero;
        while (duration is null || shown < duration)
        {
            try
            {
                await timer.WaitForNextTickAsync(cancelled).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            var elapsed = time.GetElapsedTime(start);
            if (elapsed - shown < Period)
            {
                foreach (var host in hosts)
                    host.Count(time.GetElapsedTime(start) - shown);
                continue;
            }
            foreach (var host in hosts)
                host.Advance(elapsed - shown);
            shown = elapsed;
            moved(time.GetElapsedTime(0));
        }
    }
}

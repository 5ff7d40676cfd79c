namespace Homelab.RecordedHosts;

/// <summary>Owns time: moves every host by what really passed, four times a second, so that watts read from counters are right.</summary>
internal static class ReplayLoop
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    /// <summary>Runs until cancelled or until the time is over; a cancelled run is a normal end.</summary>
    public static async Task RunAsync(IReadOnlyList<ReplayedHost> hosts, TimeSpan? duration, TimeProvider time, CancellationToken cancelled)
    {
        using var timer = new PeriodicTimer(Period, time);
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
            if (elapsed <= shown)
                continue;
            foreach (var host in hosts)
                host.Advance(elapsed - shown);
            shown = elapsed;
        }
    }
}

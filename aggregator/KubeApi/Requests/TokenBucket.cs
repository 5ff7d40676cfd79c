namespace Homelab.Aggregator.KubeApi;

/// <summary>Lets <paramref name="burst"/> requests pass at once and <paramref name="perSecond"/> a second in the long run; later ones wait in order. Safe for concurrent use.</summary>
internal sealed class TokenBucket(double perSecond, int burst, TimeProvider time)
{
    private readonly Lock _gate = new();
    private double _tokens = burst;
    private long _filledAt = time.GetTimestamp();

    /// <summary>Takes a token, waiting for it. One who gives up while waiting gives its token back.</summary>
    public async ValueTask TakeAsync(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var wait = Reserve();
        if (wait <= TimeSpan.Zero)
            return;
        try
        {
            await Task.Delay(wait, time, cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            lock (_gate)
                _tokens++;
            throw;
        }
    }

    /// <summary>Takes a token and says how long its owner has to wait for it.</summary>
    public TimeSpan Reserve()
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            _tokens = Math.Min(burst, _tokens + perSecond * time.GetElapsedTime(_filledAt, now).TotalSeconds);
            _filledAt = now;
            _tokens--; // Below zero it is the queue: whoever brings it to -n waits for n tokens.
            return _tokens >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_tokens / perSecond);
        }
    }
}

namespace Homelab.Aggregator.KubeApi;

/// <summary>What one client has sent so far, for its owner's metrics. Safe for concurrent use.</summary>
internal sealed class KubeTraffic
{
    private long _reads;
    private long _writes;
    private long _retries;
    private long _failures;

    /// <summary>GET requests that went out, watches included.</summary>
    public long Reads => Interlocked.Read(ref _reads);

    /// <summary>All other requests that went out, retries included.</summary>
    public long Writes => Interlocked.Read(ref _writes);

    /// <summary>Requests that were sent once more.</summary>
    public long Retries => Interlocked.Read(ref _retries);

    /// <summary>Attempts that ended in anything but success.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    public void Sent(bool read) => Interlocked.Increment(ref read ? ref _reads : ref _writes);

    public void Retried() => Interlocked.Increment(ref _retries);

    public void Failed() => Interlocked.Increment(ref _failures);
}

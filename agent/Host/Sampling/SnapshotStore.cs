namespace Homelab.NodeAgent.Sampling;

/// <summary>Holds the newest sample. One writer, any number of readers; nobody waits for a lock.</summary>
internal sealed class SnapshotStore
{
    private NodeSample? _current;
    private long _number;

    /// <summary>Raised after each pass, on the sampling loop's thread: only to wake somebody.</summary>
    public event Action? Published;

    /// <summary>Of the newest sample; 0 until the first pass has ended.</summary>
    public long Number => Volatile.Read(ref _number);

    /// <summary>The newest sample, for the sampling loop itself; null until the first pass has ended. Others <see cref="Hold"/> it.</summary>
    public NodeSample? Current => Volatile.Read(ref _current);

    /// <summary>Called by the sampling loop only.</summary>
    /// <returns>The sample before, when nobody holds it and so nobody ever will; else null, and it is left to those who do.</returns>
    public NodeSample? Publish(NodeSample sample)
    {
        sample.Number = _number + 1;
        // A full fence: who held the one before did so before this, or sees that it is no longer the newest.
        var before = Interlocked.Exchange(ref _current, sample);
        Volatile.Write(ref _number, sample.Number);
        Published?.Invoke();
        return before is { IsHeld: false } && !ReferenceEquals(before, sample) ? before : null;
    }

    /// <summary>The newest sample, whole until <see cref="NodeSample.Release"/>; null until the first pass has ended.</summary>
    public NodeSample? Hold()
    {
        while (Current is { } sample)
        {
            sample.Hold();
            // The newest, though it may have been another pass's a moment ago: it is not taken back while it is held.
            if (ReferenceEquals(Current, sample))
                return sample;
            // A pass ended in between: that one may be written to already.
            sample.Release();
        }
        return null;
    }
}

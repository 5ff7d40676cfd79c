namespace Homelab.NodeAgent.Sampling;

/// <summary>Holds the newest sample. One writer, any number of readers; nobody waits for a lock.</summary>
internal sealed class SnapshotStore
{
    private NodeSample? _current;
    private TaskCompletionSource _next = NewSignal();

    /// <summary>Null until the first pass has ended.</summary>
    public NodeSample? Current => Volatile.Read(ref _current);

    /// <summary>Called by the sampling loop only.</summary>
    /// <returns>The sample before, when nobody holds it and so nobody ever will; else null, and it is left to those who do.</returns>
    public NodeSample? Publish(NodeSample sample)
    {
        // A full fence: who held the one before did so before this, or sees that it is no longer the newest.
        var before = Interlocked.Exchange(ref _current, sample);
        Interlocked.Exchange(ref _next, NewSignal()).SetResult();
        return before is { IsHeld: false } && !ReferenceEquals(before, sample) ? before : null;
    }

    /// <summary>The newest sample, whole until <see cref="NodeSample.Release"/>; null until the first pass has ended.</summary>
    public NodeSample? Hold()
    {
        while (Current is { } sample)
        {
            sample.Hold();
            if (ReferenceEquals(Current, sample))
                return sample;
            // A pass ended in between: that one may be written to already.
            sample.Release();
        }
        return null;
    }

    /// <summary>The newest sample that is not <paramref name="seen"/>; waits when there is none yet.</summary>
    public async ValueTask<NodeSample> NextAsync(NodeSample? seen, CancellationToken cancellation)
    {
        while (true)
        {
            var signal = Volatile.Read(ref _next).Task;
            if (Current is { } sample && !ReferenceEquals(sample, seen))
                return sample;
            await signal.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

namespace Homelab.NodeAgent.Sampling;

/// <summary>Holds the newest sample. One writer, any number of readers; nobody waits for a lock.</summary>
internal sealed class SnapshotStore
{
    private volatile NodeSample? _current;
    private TaskCompletionSource _next = NewSignal();

    /// <summary>Null until the first pass has ended.</summary>
    public NodeSample? Current => _current;

    /// <summary>Called by the sampling loop only.</summary>
    public void Publish(NodeSample sample)
    {
        _current = sample;
        Interlocked.Exchange(ref _next, NewSignal()).SetResult();
    }

    /// <summary>The newest sample that is not <paramref name="seen"/>; waits when there is none yet.</summary>
    public async ValueTask<NodeSample> NextAsync(NodeSample? seen, CancellationToken cancellation)
    {
        while (true)
        {
            var signal = Volatile.Read(ref _next).Task;
            if (_current is { } sample && !ReferenceEquals(sample, seen))
                return sample;
            await signal.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

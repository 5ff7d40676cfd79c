namespace Homelab.Aggregator.Fleet;

/// <summary>The newest snapshot. One writer (<see cref="FleetLoop"/>), any number of readers, no locks.</summary>
internal sealed class FleetStore(FleetSnapshot first)
{
    private sealed record Edition(FleetSnapshot Snapshot, TaskCompletionSource<FleetSnapshot> Next);

    private volatile Edition _edition = new(first, NextSource());

    public FleetSnapshot Current => _edition.Snapshot;

    /// <summary>Swaps the snapshot and wakes those who wait for a newer one.</summary>
    public void Publish(FleetSnapshot snapshot)
    {
        var before = _edition;
        _edition = new Edition(snapshot, NextSource());
        before.Next.SetResult(snapshot);
    }

    /// <summary>A snapshot newer than the given version: the current one if it is, else the next.</summary>
    public Task<FleetSnapshot> NewerThan(long version, CancellationToken cancelled)
    {
        var edition = _edition;
        return edition.Snapshot.Version > version ? Task.FromResult(edition.Snapshot) : edition.Next.Task.WaitAsync(cancelled);
    }

    private static TaskCompletionSource<FleetSnapshot> NextSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

using Homelab.NodeAgent.Sampling;

namespace Homelab.NodeAgent.Tests.Sampling;

public class SnapshotStoreTests
{
    private readonly SnapshotStore _store = new();

    [Fact]
    public async Task Next_ANewerSampleExists_IsReturnedAtOnce()
    {
        var (first, second) = (Some.Sample(), Some.Sample());
        _store.Publish(first);
        _store.Publish(second);

        Assert.Same(second, await _store.NextAsync(first, CancellationToken.None));
    }

    [Fact]
    public async Task Next_NothingNewer_WaitsForThePublish()
    {
        var first = Some.Sample();
        _store.Publish(first);
        var waiting = _store.NextAsync(first, CancellationToken.None).AsTask();
        Assert.False(waiting.IsCompleted);
        var second = Some.Sample();

        _store.Publish(second);

        Assert.Same(second, await waiting.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task Next_Cancelled_EndsTheWait()
    {
        using var cancel = new CancellationTokenSource();
        var waiting = _store.NextAsync(null, cancel.Token).AsTask();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }
}

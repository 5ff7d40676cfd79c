using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;

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

    [Fact]
    public void Publish_NobodyHoldsTheOneBefore_GivesItBack()
    {
        var (first, second) = (Some.Sample(), Some.Sample());

        Assert.Null(_store.Publish(first));
        _store.Hold()!.Release();

        Assert.Same(first, _store.Publish(second));
    }

    [Fact]
    public void Publish_TheOneBeforeIsHeld_IsLeftToItsHolder()
    {
        var (first, second, third) = (Some.Sample(), Some.Sample(), Some.Sample());
        _store.Publish(first);
        var held = _store.Hold();

        Assert.Same(first, held);
        Assert.Null(_store.Publish(second));
        held!.Release();

        Assert.Same(second, _store.Publish(third));
        Assert.False(first.IsHeld);
    }

    [Fact]
    public void Hold_BeforeTheFirstPass_HasNothing()
    {
        Assert.Null(_store.Hold());
    }

    /// <summary>The one race there is: a reader that holds what the writer has just taken back would read two passes in one.</summary>
    [Fact]
    public async Task Hold_WhilePassesAreWritten_IsNeverWrittenTo()
    {
        using var writing = new CancellationTokenSource();
        var torn = 0;
        _store.Publish(Numbered(0, null));
        Task[] readers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            while (!writing.IsCancellationRequested)
            {
                var sample = _store.Hold()!;
                for (var i = 0; i < sample.Readings.Length; i++)
                {
                    if (sample.Readings[i].Micros != sample.Monotonic.Ticks)
                        Interlocked.Increment(ref torn);
                }
                sample.Release();
            }
        }))];

        NodeSample? free = null;
        var reused = 0;
        for (var pass = 1; pass < 20_000; pass++)
        {
            reused += free is null ? 0 : 1;
            free = _store.Publish(Numbered(pass, free));
        }
        await writing.CancelAsync();
        await Task.WhenAll(readers).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(0, torn);
        Assert.NotEqual(0, reused);
    }

    private static NodeSample Numbered(int pass, NodeSample? free)
    {
        var readings = free?.Readings ?? new Reading[64];
        Array.Fill(readings, Reading.Ok(pass));
        return Some.Sample(null, readings, new TimeSpan(pass));
    }
}

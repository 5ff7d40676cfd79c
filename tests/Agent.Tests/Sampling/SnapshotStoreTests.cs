using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;

namespace Homelab.NodeAgent.Tests.Sampling;

public class SnapshotStoreTests
{
    private readonly SnapshotStore _store = new();

    [Fact]
    public void Publish_EachSample_IsNumberedAndRaisedOnceItIsTheNewest()
    {
        var seen = new List<(long, long)>();
        _store.Published += () => seen.Add((_store.Number, _store.Current!.Number));

        _store.Publish(Some.Sample());
        _store.Publish(Some.Sample());

        Assert.Equal([(1, 1), (2, 2)], seen);
    }

    /// <summary>Who goes by the reference would take the pass after next for the one that it has seen.</summary>
    [Fact]
    public void Publish_ASampleThatWasGivenBack_IsKnownAsAnotherPass()
    {
        var first = Some.Sample();
        _store.Publish(first);
        var seen = _store.Number;
        _store.Publish(Some.Sample());

        _store.Publish(first);

        Assert.NotEqual(seen, _store.Number);
        Assert.Equal(_store.Number, _store.Hold()!.Number);
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
        var sample = free ?? Some.Sample(null, new Reading[64]);
        Array.Fill(sample.Readings, Reading.Ok(pass));
        sample.Monotonic = new TimeSpan(pass);
        return sample;
    }
}

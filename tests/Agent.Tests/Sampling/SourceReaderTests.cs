using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Tests.Sampling;

public sealed class SourceReaderTests : IDisposable
{
    private readonly ManualClock _time = new();
    private readonly ManualResetEventSlim _release = new(false);
    private readonly SourceReader _reader;

    public SourceReaderTests() => _reader = new SourceReader(Some.Root, new MonotonicClock(_time), TimeSpan.FromMilliseconds(500));

    public void Dispose()
    {
        _release.Set();
        _reader.Dispose();
        _release.Dispose();
    }

    [Fact]
    public async Task Visit_NoSlots_EndsAtOnce()
    {
        await _reader.VisitAsync([]);
    }

    [Fact]
    public async Task Visit_SeveralSources_UsesOneThread()
    {
        var threads = new HashSet<int>();
        SourceSlot[] slots = [.. Enumerable.Range(0, 5).Select(i => new SourceSlot(FakeSource.Gauge($"s{i}", () => Note(threads))))];

        await _reader.VisitAsync(slots);
        await _reader.VisitAsync(slots);

        Assert.Single(threads);
        Assert.All(slots, s => Assert.True(s.HasOutcome));
    }

    [Fact]
    public async Task Visit_ASourceThatHangs_LeavesItsThreadAndGoesOnWithAnother()
    {
        using var entered = new ManualResetEventSlim(false);
        var threads = new HashSet<int>();
        var stuck = new SourceSlot(FakeSource.Gauge("stuck", () =>
        {
            Note(threads);
            entered.Set();
            _release.Wait();
            return Reading.Ok(1);
        }));
        var next = new SourceSlot(FakeSource.Gauge("next", () => Note(threads)));

        var visit = _reader.VisitAsync([stuck, next]);
        Assert.True(entered.Wait(TimeSpan.FromSeconds(30)));
        _time.Advance(TimeSpan.FromMilliseconds(499));
        Assert.False(visit.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await visit.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.True(_reader.IsBusy(stuck));
        Assert.True(next.HasOutcome);
        Assert.Equal(2, threads.Count);
    }

    [Fact]
    public async Task Visit_SlotStillBusy_IsNotEnteredAgain()
    {
        var calls = 0;
        var stuck = new SourceSlot(FakeSource.Gauge("stuck", () =>
        {
            Interlocked.Increment(ref calls);
            _release.Wait();
            return Reading.Ok(1);
        }));
        var visit = _reader.VisitAsync([stuck]);
        await Eventually.TrueAsync(() => visit.IsCompleted, () => _time.Advance(TimeSpan.FromMilliseconds(100)));

        await _reader.VisitAsync([stuck]);
        _release.Set();
        await Eventually.TrueAsync(() => !_reader.IsBusy(stuck));

        Assert.Equal(1, Volatile.Read(ref calls));
    }

    [Fact]
    public async Task Visit_LateCallReturns_ItsThreadEndsAndTheSlotIsFree()
    {
        Thread? thread = null;
        var stuck = new SourceSlot(FakeSource.Gauge("stuck", () =>
        {
            thread = Thread.CurrentThread;
            _release.Wait();
            return Reading.Ok(9);
        }));
        var visit = _reader.VisitAsync([stuck]);
        await Eventually.TrueAsync(() => visit.IsCompleted, () => _time.Advance(TimeSpan.FromMilliseconds(100)));

        _release.Set();
        await Eventually.TrueAsync(() => !_reader.IsBusy(stuck));

        Assert.True(stuck.HasOutcome);
        Assert.True(thread!.Join(TimeSpan.FromSeconds(30)));
    }

    private static Reading Note(HashSet<int> threads)
    {
        lock (threads)
            threads.Add(Environment.CurrentManagedThreadId);
        return Reading.Ok(1);
    }
}

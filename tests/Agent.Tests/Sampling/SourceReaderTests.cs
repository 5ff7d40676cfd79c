using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Tests.Sampling;

public sealed class SourceReaderTests : IDisposable
{
    private readonly ManualClock _time = new();
    private readonly ManualResetEventSlim _release = new(false);
    private readonly SourceReader _reader;
    private int _hanging;
    private int _passed;

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

        var visit = _reader.VisitAsync([stuck, next]).AsTask();
        Assert.True(entered.Wait(TimeSpan.FromSeconds(30)));
        _time.Advance(TimeSpan.FromMilliseconds(499));
        Assert.False(visit.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await visit.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.True(stuck.HasOutcome);
        Assert.Equal(SourceSlot.Unanswered, stuck.Fresh[0]);
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
            return Stuck();
        }));
        await PassAsync(stuck);

        await _reader.VisitAsync([stuck]);
        var whileStuck = Volatile.Read(ref calls);
        _release.Set();
        await Eventually.TrueAsync(() => Again(stuck) == Reading.Ok(1), () => _time.Advance(TimeSpan.FromSeconds(1)));

        Assert.Equal((1, 2), (whileStuck, Volatile.Read(ref calls)));
    }

    [Fact]
    public async Task Visit_OneSensorHangs_TheOthersOfItsSourceAreReadInTheSamePass()
    {
        var reads = 0;
        var slot = new SourceSlot(new FakeSource("chips", () =>
        [
            Sensor("a", "temp1", () => Reading.Ok(++reads)),
            Sensor("a", "temp2", Stuck),
            Sensor("a", "temp3", () => Reading.Ok(3)),
            Sensor("b", "temp1", () => Reading.Ok(4)),
        ]));

        await PassAsync(slot);
        var first = slot.Fresh.ToArray();
        await _reader.VisitAsync([slot]);

        Assert.Equal([Reading.Ok(2), SourceSlot.Unanswered, Reading.Ok(3), Reading.Ok(4)], first);
        Assert.Equal([Reading.Ok(3), SourceSlot.Unanswered, Reading.Ok(3), Reading.Ok(4)], slot.Fresh.ToArray());
    }

    [Fact]
    public async Task Visit_ABusHangs_CostsTwoThreadsAndNotOneForEachSensor()
    {
        var calls = 0;
        var slot = new SourceSlot(new FakeSource("chips", () =>
        [
            .. Enumerable.Range(0, 100).Select(i => Sensor("stuck", $"in{i}", () =>
            {
                Interlocked.Increment(ref calls);
                return Stuck();
            })),
            Sensor("other", "temp1", () => Reading.Ok(4)),
        ]));

        await PassAsync(slot);
        for (var pass = 0; pass < 5; pass++)
            await PassAsync(slot);

        Assert.Equal(2, Volatile.Read(ref calls));
        Assert.Equal(Reading.Ok(4), slot.Fresh[100]);
    }

    [Fact]
    public async Task Visit_TwoDevicesHangInOnePass_CostsTwoDeadlinesAndIsDoneInTheNext()
    {
        var slot = new SourceSlot(new FakeSource("chips", () =>
        [
            Sensor("a", "temp1", Stuck),
            Sensor("b", "temp1", Stuck),
            Sensor("c", "temp1", () => Reading.Ok(3)),
        ]));
        var begun = _time.GetTimestamp();

        await PassAsync(slot);
        Assert.True(_reader.IsBusy(slot));
        Assert.Equal(TimeSpan.FromSeconds(1), _time.GetElapsedTime(begun));
        await _reader.VisitAsync([slot]);

        Assert.Equal([SourceSlot.Unanswered, SourceSlot.Unanswered, Reading.Ok(3)], slot.Fresh.ToArray());
        Assert.Equal(TimeSpan.FromSeconds(1), _time.GetElapsedTime(begun));
    }

    [Fact]
    public async Task Visit_CallThatHungCameBack_RestsForTenSeconds()
    {
        var calls = 0;
        var stuck = new SourceSlot(FakeSource.Gauge("stuck", () =>
        {
            Interlocked.Increment(ref calls);
            return Stuck();
        }));
        await PassAsync(stuck);
        _release.Set();
        // Until its thread has come back the time can not begin to count.
        await Eventually.TrueAsync(() => Again(stuck) == Reading.Ok(1), () => _time.Advance(TimeSpan.FromSeconds(1)));

        Assert.True(_time.GetElapsedTime(0) >= TimeSpan.FromSeconds(10));
        Assert.Equal(2, Volatile.Read(ref calls));
    }

    [Fact]
    public async Task Visit_AFileFallsSilentInASearch_WhatIsKnownStandsAndTheFileIsNamedAndAskedOnce()
    {
        using var host = FixtureHost.Of(("/sys/chip/name", "good"), ("/sys/chip/temp", "1"));
        var files = new ScriptedFiles();
        using var reader = new SourceReader(host.Seen(files), new MonotonicClock(_time), TimeSpan.FromMilliseconds(500));
        var slot = new SourceSlot(new LabelledSource());
        await reader.VisitAsync([slot]);
        slot.Consume();
        using var hang = files.Block("/sys/chip/name");

        for (var pass = 0; pass < 3; pass++)
        {
            slot.SearchNext();
            var visit = reader.VisitAsync([slot]).AsTask();
            var isFirst = pass == 0;
            await Eventually.TrueAsync(() => visit.IsCompleted, () =>
            {
                if (!isFirst || !hang.Reached.IsCompleted)
                    return;
                isFirst = false;
                _time.Advance(TimeSpan.FromMilliseconds(100));
            });
            Assert.Equal(Reading.Ok(7), Assert.Single(slot.Fresh.ToArray()));
            Assert.Contains("/sys/chip/name does not answer", slot.Failure, StringComparison.Ordinal);
        }
        Assert.Null(slot.Found);
        Assert.Equal(2, files.Reads.Count(static path => path.EndsWith("/sys/chip/name", StringComparison.Ordinal)));

        hang.Release();
        await Eventually.TrueAsync(() =>
        {
            slot.SearchNext();
            reader.VisitAsync([slot]).AsTask().GetAwaiter().GetResult();
            return slot.Failure is null;
        });
        Assert.NotNull(slot.Found);
    }

    [Fact]
    public async Task Visit_SlowButEveryCallComesBack_IsLeftToFinishAndNotEnteredTwice()
    {
        var calls = 0;
        var slot = new SourceSlot(new FakeSource("slow", () =>
        [
            .. Enumerable.Range(0, 3).Select(i => Sensor("a", $"in{i}", () =>
            {
                Interlocked.Increment(ref calls);
                _time.Advance(TimeSpan.FromMilliseconds(200));
                return i < 2 ? Reading.Ok(1) : Stuck();
            })),
        ]));

        // The third call began 100 ms before the deadline: not long enough to be called hanging.
        await PassAsync(slot, afterMilliseconds: 100);

        Assert.True(_reader.IsBusy(slot));
        Assert.Equal(3, Volatile.Read(ref calls));
    }

    /// <summary>Lets the deadline pass once for each call that hangs, and time stand still otherwise.</summary>
    private async Task PassAsync(SourceSlot slot, int afterMilliseconds = 500)
    {
        var visit = _reader.VisitAsync([slot]).AsTask();
        await Eventually.TrueAsync(() => visit.IsCompleted, () =>
        {
            if (Volatile.Read(ref _hanging) == _passed)
                return;
            _passed++;
            _time.Advance(TimeSpan.FromMilliseconds(afterMilliseconds));
        });
    }

    private Reading Again(SourceSlot slot)
    {
        _reader.VisitAsync([slot]).AsTask().GetAwaiter().GetResult();
        return slot.Fresh[0];
    }

    private Reading Stuck()
    {
        Interlocked.Increment(ref _hanging);
        _release.Wait();
        return Reading.Ok(1);
    }

    /// <summary>Names its sensor by what a file says, as every source of chips does.</summary>
    private sealed class LabelledSource : ISensorSource
    {
        public string Name => "chips";

        public Discovery Discover(HostRoot root) =>
            Discovery.Of([new FakeSensor(Some.Info("chips", "chip", "temp1", Units.Quantity.Temperature, label: root.ReadLine("/sys/chip/name") ?? ""), () => Reading.Ok(7))]);
    }

    private static FakeSensor Sensor(string device, string name, Func<Reading> read) => new(Some.Info("chips", device, name, Units.Quantity.Temperature), read);

    [Fact]
    public async Task Visit_LateCallReturns_ItsThreadEndsAndTheSlotIsFree()
    {
        Thread? thread = null;
        var stuck = new SourceSlot(FakeSource.Gauge("stuck", () =>
        {
            thread ??= Thread.CurrentThread;
            return Stuck();
        }));
        await PassAsync(stuck);

        _release.Set();
        await Eventually.TrueAsync(() => Again(stuck) == Reading.Ok(1), () => _time.Advance(TimeSpan.FromSeconds(1)));

        Assert.True(thread!.Join(TimeSpan.FromSeconds(30)));
    }

    private static Reading Note(HashSet<int> threads)
    {
        lock (threads)
            threads.Add(Environment.CurrentManagedThreadId);
        return Reading.Ok(1);
    }
}

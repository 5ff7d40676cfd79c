using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Tests.Sampling;

public sealed class SamplingLoopTests : IDisposable
{
    private readonly ManualClock _time = new();
    private readonly ListLog _log = new();
    private readonly SnapshotStore _store = new();
    private readonly CancellationTokenSource _stop = new();
    private int _reads;

    public void Dispose() => _stop.Dispose();

    [Fact]
    public async Task Run_FirstPass_IsMadeAtOnceAndPublished()
    {
        using var sampler = Create(() => Reading.Ok(Interlocked.Increment(ref _reads)));
        var loop = Loop(sampler, new FakeWatchdog(null)).RunAsync(_stop.Token);

        await Eventually.TrueAsync(() => _store.Number == 1);

        Assert.Equal(1, _store.Hold()!.Readings[0].Micros);
        Assert.Equal(0, _time.GetTimestamp());
        await StopAsync(loop);
    }

    [Fact]
    public async Task Run_EachInterval_MakesOnePass()
    {
        using var sampler = Create(() => Reading.Ok(Interlocked.Increment(ref _reads)));
        var loop = Loop(sampler, new FakeWatchdog(null)).RunAsync(_stop.Token);

        for (var second = 1; second <= 5; second++)
        {
            await Eventually.TrueAsync(() => Volatile.Read(ref _reads) == second && _time.PendingTimers > 0);
            _time.Advance(TimeSpan.FromSeconds(1));
        }
        await Eventually.TrueAsync(() => Volatile.Read(ref _reads) == 6);

        await StopAsync(loop);
    }

    [Fact]
    public async Task Run_WatchdogFasterThanThePasses_IsFedBetweenThem()
    {
        var watchdog = new FakeWatchdog(TimeSpan.FromMilliseconds(100));
        using var sampler = Create(() => Reading.Ok(Interlocked.Increment(ref _reads)));
        var loop = Loop(sampler, watchdog).RunAsync(_stop.Token);

        for (var meals = 1; meals <= 8; meals++)
        {
            await Eventually.TrueAsync(() => watchdog.Meals >= meals);
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.Equal(1, Volatile.Read(ref _reads));
        await StopAsync(loop);
    }

    [Fact]
    public async Task Run_PassHangsForever_WatchdogGoesHungry()
    {
        // Not a hanging source (those are left behind) but a loop that stands still: nothing may feed in its place.
        using var sampler = Create(() => Reading.Ok(1), self: () =>
        {
            _stop.Token.WaitHandle.WaitOne();
            return default;
        });
        var watchdog = new FakeWatchdog(TimeSpan.FromMilliseconds(100));
        var loop = Task.Run(() => Loop(sampler, watchdog).RunAsync(_stop.Token));

        for (var i = 0; i < 50; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        Assert.Equal(0, watchdog.Meals);
        await StopAsync(loop);
    }

    [Fact]
    public async Task Run_PassThrows_IsLoggedAndTheNextOneIsMade()
    {
        var broken = true;
        using var sampler = Create(() => Reading.Ok(Interlocked.Increment(ref _reads)), self: () => Volatile.Read(ref broken) ? throw new InvalidOperationException("boom") : default);
        var loop = Loop(sampler, new FakeWatchdog(null)).RunAsync(_stop.Token);
        await Eventually.TrueAsync(() => _log.Lines.Any(l => l.Contains("sampling pass failed", StringComparison.Ordinal)));
        Volatile.Write(ref broken, false);

        await Eventually.TrueAsync(() => _store.Current is not null, () => _time.Advance(TimeSpan.FromSeconds(1)));

        await StopAsync(loop);
    }

    [Fact]
    public async Task Run_EveryPassThrows_WatchdogGoesHungryInTheEnd()
    {
        var passes = 0;
        using var sampler = Create(() => Reading.Ok(1), self: () =>
        {
            Interlocked.Increment(ref passes);
            throw new InvalidOperationException("boom");
        });
        var watchdog = new FakeWatchdog(null);
        var loop = Loop(sampler, watchdog).RunAsync(_stop.Token);

        // A second for each pass: a clock that runs ahead of a busy machine would make beats between passes, which feed.
        var seen = 0;
        await Eventually.TrueAsync(() => Volatile.Read(ref passes) > 3 * SamplingLoop.FailuresToStarve, () =>
        {
            if (Volatile.Read(ref passes) is var now && now > seen)
            {
                seen = now;
                _time.Advance(TimeSpan.FromSeconds(1));
            }
        });

        Assert.Equal(SamplingLoop.FailuresToStarve - 1, watchdog.Meals);
        await StopAsync(loop);
    }

    private Sampler Create(Func<Reading> read, Func<Homelab.NodeAgent.Diagnostics.SelfCost>? self = null) => new(
        Some.Root, [FakeSource.Gauge("a", read)], Some.Fallback, new SamplerOptions(TimeSpan.FromSeconds(5), TimeSpan.FromHours(1)), new MonotonicClock(_time), self ?? (() => default), _log);

    private SamplingLoop Loop(Sampler sampler, FakeWatchdog watchdog) =>
        new(sampler, _store, TimeSpan.FromSeconds(1), watchdog, new MonotonicClock(_time), _log);

    private async Task StopAsync(Task loop)
    {
        await _stop.CancelAsync();
        await loop.WaitAsync(TimeSpan.FromSeconds(30));
    }
}

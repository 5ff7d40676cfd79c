using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Sampling;

public sealed class SamplerTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualClock _time = new();
    private readonly ListLog _log = new();
    private readonly ManualResetEventSlim _release = new(false);
    private Sampler? _sampler;
    private int _hanging;
    private int _passed;

    public void Dispose()
    {
        _release.Set();
        _sampler?.Dispose();
        _release.Dispose();
    }

    [Fact]
    public async Task Pass_AllSourcesAnswer_GivesEveryReadingInOrder()
    {
        var sample = await PassAsync(FakeSource.Gauge("a", () => Reading.Ok(1)), FakeSource.Gauge("b", () => Reading.Ok(2)));

        Assert.Equal(["a", "b"], sample.Inventory.Sensors.Select(s => s.Source));
        Assert.Equal([1L, 2L], sample.Readings.Select(r => r.Micros!.Value));
        Assert.All(sample.Sources, s => Assert.True(s.Success));
    }

    [Fact]
    public async Task Pass_OneSourceHangs_OthersAreReadAndItsLastValueIsStale()
    {
        var hangs = false;
        var stuck = FakeSource.Gauge("stuck", () =>
        {
            if (Volatile.Read(ref hangs))
                Hang();
            return Reading.Ok(41);
        });
        var reads = 0;
        var good = FakeSource.Gauge("good", () => Reading.Ok(++reads));
        await PassAsync(stuck, good);
        Volatile.Write(ref hangs, true);

        var sample = await NextAsync();

        Assert.Equal(new Reading(Quality.Stale, 41, "no answer within 500ms"), sample.Readings[0]);
        Assert.Equal(Reading.Ok(2), sample.Readings[1]);
        Assert.Equal((false, 1L, "chip/temp1: no answer within 500ms"), (sample.Sources[0].Success, sample.Sources[0].Failures, sample.Sources[0].Detail));
        Assert.True(sample.Sources[1].Success);
        Assert.Contains(_log.Lines, l => l.Contains("source stuck failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Pass_HangingSourceOverManyPasses_IsEnteredOnceAndDelaysOnlyTheFirst()
    {
        var entered = 0;
        var stuck = FakeSource.Gauge("stuck", () =>
        {
            Interlocked.Increment(ref entered);
            Hang();
            return Reading.Ok(1);
        });
        await PassAsync(stuck, FakeSource.Gauge("good", () => Reading.Ok(1)));
        var before = _time.GetTimestamp();

        for (var i = 0; i < 20; i++)
            Assert.Equal(Quality.Ok, (await NextAsync(advance: false)).Readings[^1].Quality);

        Assert.Equal(1, entered);
        Assert.Equal(before, _time.GetTimestamp());
    }

    [Fact]
    public async Task Pass_HangingCallReturns_SourceIsEligibleAgain()
    {
        var hangs = true;
        var stuck = FakeSource.Gauge("stuck", () =>
        {
            if (Volatile.Read(ref hangs))
                Hang();
            return Reading.Ok(7);
        });
        await PassAsync(stuck);
        Volatile.Write(ref hangs, false);
        _release.Set();

        NodeSample sample = await NextAsync(advance: false);
        await Eventually.TrueAsync(() => (sample = _sampler!.PassAsync().AsTask().GetAwaiter().GetResult()).Sources[0].Success, () => _time.Advance(Second));

        Assert.Equal(Reading.Ok(7), sample.Readings[0]);
        Assert.Contains(_log.Lines, l => l.Contains("source stuck answers again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Pass_SearchHangs_OtherSourcesAreFoundAndItsOwnLater()
    {
        var slow = new FakeSource("slow", () =>
        {
            Hang();
            return [new FakeSensor(Some.Info("slow", "d", "x", Quantity.Power), () => Reading.Ok(5))];
        });
        var first = await PassAsync(slow, FakeSource.Gauge("good", () => Reading.Ok(1)));
        Assert.Equal(["good"], first.Inventory.Sensors.Select(s => s.Source));
        _release.Set();

        NodeSample sample = first;
        await Eventually.TrueAsync(() => (sample = _sampler!.PassAsync().AsTask().GetAwaiter().GetResult()).Inventory.Sensors.Count == 2);

        Assert.Equal(["slow", "good"], sample.Inventory.Sensors.Select(s => s.Source));
    }

    [Fact]
    public async Task Pass_SearchHangs_ItsFindingsAreShownLater()
    {
        var denied = new Finding(FindingKind.Denied, "/sys/x", "EACCES", "Root only.", "setcap it");
        var slow = new FakeSource("slow", () =>
        {
            Hang();
            return [];
        })
        {
            Findings = [denied],
        };
        await PassAsync(slow);
        _release.Set();

        NodeSample? sample = null;
        await Eventually.TrueAsync(() => (sample = _sampler!.PassAsync().AsTask().GetAwaiter().GetResult()).Sources[0].Success);

        Assert.Equal(denied, Assert.Single(sample!.Findings).Finding);
    }

    [Fact]
    public async Task Pass_SourceLateEveryTime_IsToldOnce()
    {
        var answers = 0;
        var late = FakeSource.Gauge("late", () =>
        {
            Hang();
            Interlocked.Increment(ref answers);
            return Reading.Ok(1);
        });
        await PassAsync(late);
        for (var i = 1; i <= 4; i++)
        {
            // Its answer comes between two passes, and the next call hangs again.
            _release.Set();
            await Eventually.TrueAsync(() => Volatile.Read(ref answers) == i);
            _release.Reset();
            while (Volatile.Read(ref _hanging) == i)
                await NextAsync();
        }

        Assert.Single(_log.Lines, l => l.Contains("source late", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Pass_OneSensorThrows_ItsNeighboursAreRead()
    {
        var source = new FakeSource("odd", () =>
        [
            new FakeSensor(Some.Info("odd", "d", "bad", Quantity.Power), () => throw new InvalidOperationException("boom")),
            new FakeSensor(Some.Info("odd", "d", "good", Quantity.Power), () => Reading.Ok(3)),
        ]);

        var sample = await PassAsync(source);

        Assert.Equal(Quality.Fault, sample.Readings[0].Quality);
        Assert.Null(sample.Readings[0].Micros);
        Assert.Equal(Reading.Ok(3), sample.Readings[1]);
        Assert.Equal((false, "d/bad: InvalidOperationException: boom"), (sample.Sources[0].Success, sample.Sources[0].Detail));
    }

    [Fact]
    public async Task Pass_SearchThrows_IsAFailureAndTriedAgain()
    {
        var fails = true;
        var source = new FakeSource("odd", () => fails ? throw new InvalidOperationException("boom") : [new FakeSensor(Some.Info("odd", "d", "x", Quantity.Power), () => Reading.Ok(1))]);
        var sample = await PassAsync(source);
        Assert.Equal("search: InvalidOperationException: boom", sample.Sources[0].Detail);
        fails = false;

        sample = await NextAsync();

        Assert.Single(sample.Readings);
        Assert.True(sample.Sources[0].Success);
    }

    [Fact]
    public async Task Pass_NewHardwareAfterAMinute_IsFound()
    {
        var chips = 1;
        var source = new FakeSource("hwmon", () => [.. Enumerable.Range(0, chips).Select(i => new FakeSensor(Some.Info("hwmon", $"chip{i}", "temp1", Quantity.Temperature), () => Reading.Ok(i)))]);
        var before = await PassAsync(source);
        chips = 2;
        Assert.Same(before.Inventory, (await NextAsync()).Inventory);

        _time.Advance(TimeSpan.FromSeconds(60));
        var after = await NextAsync();

        Assert.Equal(["chip0", "chip1"], after.Inventory.Sensors.Select(s => s.Device));
    }

    [Fact]
    public async Task Pass_SensorGone_IsSearchedForWithinSeconds()
    {
        var reading = Reading.Ok(1);
        var source = FakeSource.Gauge("hwmon", () => reading);
        await PassAsync(source);
        reading = Reading.None(Quality.Fault, "ENOENT reading temp1_input: gone");

        for (var i = 0; i < 7; i++)
            await NextAsync();

        Assert.Equal(2, source.Searches);
    }

    [Fact]
    public async Task Pass_SensorsStayTheSame_KeepTheirObjectsAndTheirInventory()
    {
        var made = 0;
        var source = new FakeSource("cpu", () =>
        {
            var number = ++made;
            return [new FakeSensor(Some.Info("cpu", "cpu", "x", Quantity.Ratio), () => Reading.Ok(number))];
        });
        var before = await PassAsync(source);
        _time.Advance(TimeSpan.FromSeconds(61));

        var after = await NextAsync();

        Assert.Equal(2, made);
        Assert.Equal(Reading.Ok(1), after.Readings[0]);
        Assert.Same(before.Inventory, after.Inventory);
    }

    [Fact]
    public async Task Pass_CounterSurvivesAChangeOfHardware_WithItsGrowth()
    {
        var (joules, hasMore) = (100L, false);
        var source = new FakeSource("powercap", () =>
        {
            List<ISensor> found = [new FakeSensor(Some.Zone("package-0", "intel-rapl:0"), () => Reading.Ok(joules * 1_000_000))];
            if (hasMore)
                found.Insert(0, new FakeSensor(Some.Zone("dram", "intel-rapl:0:0"), () => Reading.Ok(0)));
            return found;
        });
        await PassAsync(source);
        joules += 20;
        await NextAsync();
        (hasMore, joules) = (true, joules + 10);
        _time.Advance(TimeSpan.FromSeconds(60));

        var sample = await NextAsync();

        Assert.Equal(Reading.Ok(30_000_000), sample.Readings[1]);
        Assert.Equal(Energy.FromJoules(30), sample.Energy);
    }

    [Fact]
    public async Task Pass_WallClockJumps_ChangeNeitherRatesNorEnergy()
    {
        var joules = 0L;
        var source = new FakeSource("powercap", () => [new FakeSensor(Some.Zone("package-0", "intel-rapl:0"), () => Reading.Ok(joules * 1_000_000))]);
        await PassAsync(source);
        var samples = new List<NodeSample>();
        foreach (var jump in new[] { 0, 86_400, -365 * 86_400 })
        {
            _time.JumpWall(TimeSpan.FromSeconds(jump));
            joules += 25;
            samples.Add(await NextAsync());
        }

        Assert.All(samples, s => Assert.Equal(Power.FromWatts(25), s.Power.Watts));
        Assert.Equal(Energy.FromJoules(75), samples[^1].Energy);
        Assert.Equal([Second, Second * 2, Second * 3], samples.Select(s => s.Monotonic));
    }

    [Fact]
    public async Task Pass_RawCountersAsked_ShowsWhatTheKernelSays()
    {
        var source = new FakeSource("powercap", () => [new FakeSensor(Some.Zone("package-0", "intel-rapl:0"), () => Reading.Ok(123_000_000))]);
        _sampler = Create([source], raw: true);

        Assert.Equal(Reading.Ok(123_000_000), (await _sampler.PassAsync()).Readings[0]);
    }

    [Fact]
    public async Task Pass_ADeniedFile_IsLoggedOnceWithItsFix()
    {
        var source = new FakeSource("powercap", () => []) { Findings = [new Finding(FindingKind.Denied, "/sys/x", "EACCES", "Root only.", "setcap it")] };
        var sample = await PassAsync(source);
        _time.Advance(TimeSpan.FromSeconds(61));
        await NextAsync();

        Assert.Equal("powercap", Assert.Single(sample.Findings).Source);
        Assert.Single(_log.Lines, l => l.Contains("setcap it", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // between a reading and its taking in
    public async Task Pass_MachineSleptBetweenTwo_WhatWasCountedInItsSleepIsNoPowerOfNow(bool isInAPass)
    {
        var (microjoules, slept) = (5_000_000L, TimeSpan.FromMinutes(3));
        var (powers, begun) = (new List<double>(), _time.GetTimestamp());
        var energy = new FakeSource("powercap", () => [new FakeSensor(Some.Zone("package-0", "intel-rapl:0"), () =>
        {
            var now = Interlocked.Read(ref microjoules);
            if (isInAPass && powers.Count == 2)
                Sleep();
            return Reading.Ok(now);
        })]);
        var clock = new MonotonicClock(_time);
        _sampler = new Sampler(
            Some.Root, [energy], Some.Fallback, new SamplerOptions(TimeSpan.FromMilliseconds(500), TimeSpan.FromHours(1)), clock, () => default, _log,
            sleep: new SleepWatch(clock, () => slept + _time.GetElapsedTime(begun)));
        NodeSample? sample = null;
        for (var pass = 0; pass < 6; pass++)
        {
            if (!isInAPass && pass == 2)
                Sleep();
            Interlocked.Add(ref microjoules, 20_000_000);
            sample = await NextAsync();
            powers.Add(sample.Power.Watts?.Watts ?? 0);
        }

        Assert.Equal((20.0, 20.0), (powers.Max(), powers[^1]));
        Assert.InRange(sample!.Energy.Joules, 80, 125);

        void Sleep()
        {
            slept += TimeSpan.FromMinutes(20);
            Interlocked.Add(ref microjoules, 900_000_000);
        }
    }

    private Sampler Create(IReadOnlyList<ISensorSource> sources, bool raw = false) => new(
        Some.Root, sources, Some.Fallback, new SamplerOptions(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(60), raw), new MonotonicClock(_time), () => default, _log);

    private Task<NodeSample> PassAsync(params ISensorSource[] sources)
    {
        _sampler = Create(sources);
        return FinishAsync();
    }

    private Task<NodeSample> NextAsync(bool advance = true)
    {
        if (advance)
            _time.Advance(Second);
        return FinishAsync();
    }

    /// <summary>What a source that hangs does.</summary>
    private void Hang()
    {
        Interlocked.Increment(ref _hanging);
        _release.Wait();
    }

    /// <summary>Lets the deadline pass once for each source that hangs, and time stand still otherwise.</summary>
    private async Task<NodeSample> FinishAsync()
    {
        var pass = _sampler!.PassAsync().AsTask();
        await Eventually.TrueAsync(() => pass.IsCompleted, () =>
        {
            if (Volatile.Read(ref _hanging) == _passed)
                return;
            _passed++;
            _time.Advance(TimeSpan.FromMilliseconds(500));
        });
        return await pass;
    }
}

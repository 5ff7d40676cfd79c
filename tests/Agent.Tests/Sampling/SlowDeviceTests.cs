using System.Globalization;
using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Sampling;

/// <summary>A chip of ten files on a slow bus, beside a quick one in the same source: a power module of a thousand attributes in small.</summary>
public sealed class SlowDeviceTests : IDisposable
{
    private const int FilesOfTheSlow = 10;
    private const string Quick = "/sys/quick/temp1";

    private readonly ManualClock _time = new();
    private readonly SlowFiles _files;
    private int _meters;
    private Sampler? _sampler;

    public SlowDeviceTests() => _files = new SlowFiles(_time);

    public void Dispose() => _sampler?.Dispose();

    [Fact]
    public async Task Pass_ADeviceTakesLongerThanItsShare_IsReadInTurnsAndTheOtherInEachPass()
    {
        _files.Each = TimeSpan.FromMilliseconds(20);
        var first = await PassAsync();
        Assert.Equal(FilesOfTheSlow, _files.Taken.Count(static path => path != Quick));

        var second = await PassAsync();
        var inSecond = _files.Taken;
        var third = await PassAsync();

        // The first of a device has its time for itself.
        Assert.Equal(1 + (FilesOfTheSlow / 2), inSecond.Count(static path => path != Quick));
        Assert.Equal(FilesOfTheSlow, inSecond.Concat(_files.Taken).Where(static path => path != Quick).Distinct().Count());
        Assert.Contains(Quick, inSecond);
        Assert.Contains(Quick, _files.Taken);
        Assert.All([.. first.Readings, .. second.Readings, .. third.Readings], static reading => Assert.Equal(Quality.Ok, reading.Quality));
        Assert.All(third.Sources, static source => Assert.True(source.Success));
    }

    [Fact]
    public async Task Pass_ATurnComesAfterMoreThanFiveSeconds_ItsLastValueIsStaleUntilThen()
    {
        _files.Each = TimeSpan.FromMilliseconds(40);
        await PassAsync();
        NodeSample sample = await PassAsync();
        for (var i = 0; i < 2; i++)
            sample = await PassAsync(TimeSpan.FromSeconds(3));

        var late = sample.Readings.Where(static reading => reading.Quality == Quality.Stale).ToList();
        Assert.NotEmpty(late);
        Assert.All(late, static reading => Assert.Equal("its device is read in turns", reading.Detail));
        Assert.All(late, static reading => Assert.NotNull(reading.Micros));
        Assert.Equal(Quality.Ok, sample.Readings[^1].Quality);
    }

    [Fact]
    public async Task Pass_PowerOfASlowDevice_IsReadInEachPass()
    {
        _files.Each = TimeSpan.FromMilliseconds(25);
        _meters = 9;
        await PassAsync();
        for (var i = 0; i < 3; i++)
        {
            var sample = await PassAsync();
            Assert.All(Enumerable.Range(1, 8), number => Assert.Contains($"/sys/slow/power{number}", _files.Taken));
            Assert.All(sample.Sources, static source => Assert.True(source.Success));
            // A machine has no more meters than that: the rest of a power module's wait for their turn.
            Assert.Equal(i == 2, _files.Taken.Contains("/sys/slow/power9"));
        }
    }

    [Fact]
    public async Task Pass_FirstReadRefreshesAWholeChip_TheOthersAreReadWithIt()
    {
        await PassAsync();
        for (var i = 0; i < 3; i++)
        {
            _files.First = TimeSpan.FromMilliseconds(300);
            var sample = await PassAsync(TimeSpan.FromSeconds(2));

            Assert.Equal(FilesOfTheSlow + 1, _files.Taken.Count);
            Assert.All(sample.Readings.ToArray(), static reading => Assert.Equal(Quality.Ok, reading.Quality));
        }
    }

    [Fact]
    public async Task Pass_ADeviceWithinItsShare_IsReadWholeInEachPass()
    {
        await PassAsync();
        await PassAsync();

        Assert.Equal(FilesOfTheSlow + 1, _files.Taken.Count);
    }

    [Fact]
    public async Task FirstLook_ASearchTakesLongerThanTheDeadline_WaitsForWhatItFinds()
    {
        using var release = new ManualResetEventSlim(false);
        using var searching = new ManualResetEventSlim(false);
        using var wasRead = new ManualResetEventSlim(false);
        var slow = new FakeSource("slow", () =>
        {
            searching.Set();
            release.Wait();
            return [new FakeSensor(Some.Info("slow", "d", "x", Quantity.Temperature), () =>
            {
                wasRead.Set();
                return Reading.Ok(5);
            })];
        });
        using var sampler = Sampler(slow);
        var look = sampler.FirstLookAsync(CancellationToken.None);
        await Eventually.TrueAsync(() => searching.IsSet);
        _time.Advance(TimeSpan.FromMilliseconds(500));
        await Eventually.TrueAsync(() => look.IsCompleted || _time.PendingTimers > 0);
        Assert.False(look.IsCompleted);

        release.Set();
        // The look's patience is by this clock: it is not to pass while the search's own thread is on its way.
        await Eventually.TrueAsync(() => wasRead.IsSet);
        await Eventually.TrueAsync(() => look.IsCompleted, () => _time.Advance(TimeSpan.FromMilliseconds(1)));

        Assert.Equal(Reading.Ok(5), Assert.Single((await look).Readings.ToArray()));
    }

    private Task<NodeSample> PassAsync(TimeSpan? after = null)
    {
        _sampler ??= Sampler(new ChipSource(new HostRoot("/", _files), _meters));
        _time.Advance(after ?? TimeSpan.FromSeconds(1));
        _files.Taken = [];
        return _sampler.PassAsync().AsTask();
    }

    private Sampler Sampler(ISensorSource source) => new(
        Some.Root, [source], Some.Fallback, new SamplerOptions(TimeSpan.FromMilliseconds(500), TimeSpan.FromHours(1)), new MonotonicClock(_time), static () => default, new ListLog());

    private sealed class ChipSource(HostRoot root, int meters) : ISensorSource
    {
        public string Name => "hwmon";

        public Discovery Discover(HostRoot anyRoot) => new(
            [
                .. Enumerable.Range(1, FilesOfTheSlow).Select(i => Sensor("slow", "in" + i.ToString(CultureInfo.InvariantCulture))),
                .. Enumerable.Range(1, meters).Select(i => Sensor("slow", "power" + i.ToString(CultureInfo.InvariantCulture), Quantity.Power)),
                Sensor("quick", "temp1"),
            ], []);

        private FileSensor Sensor(string device, string name, Quantity quantity = Quantity.Temperature) => new(
            Some.Info("hwmon", device, name, quantity), root, Scale.Milli, Plausibility.For(quantity, SensorShape.Gauge));
    }

    /// <summary>Every file of the slow chip takes its time; all say 25 °C.</summary>
    private sealed class SlowFiles(ManualClock time) : IPseudoFiles
    {
        public TimeSpan Each { get; set; }

        /// <summary>What the next read takes, once.</summary>
        public TimeSpan First { get; set; }

        public IReadOnlyList<string> Taken { get; set; } = [];

        public int Read(PseudoPath path, Span<byte> buffer)
        {
            Taken = [.. Taken, path.ToString()];
            if (path.ToString() != Quick)
                time.Advance(Each + First);
            First = TimeSpan.Zero;
            "25000"u8.CopyTo(buffer);
            return 5;
        }

        public IReadOnlyList<string> List(string path, out int errno)
        {
            errno = 0;
            return [];
        }

        public string? Resolve(string path) => path;
    }
}

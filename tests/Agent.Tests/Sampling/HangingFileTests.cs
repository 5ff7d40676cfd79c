using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Sampling;

/// <summary>Each file of a recorded machine in turn never answers: every other sensor reads what it read before, in the same pass.</summary>
public sealed class HangingFileTests
{
    [Theory]
    [InlineData("um890")]
    [InlineData("rk1")]
    [InlineData("pi5")]
    [InlineData("jetson")]
    [InlineData("haswell")]
    public async Task Pass_AnyOneFileHangs_AllOthersAreAsTheyWere(string name)
    {
        using var host = FixtureHost.Recorded(name);
        var whole = await PassAsync(host, new HangingFile(new PosixFiles()));
        var files = whole.Inventory.Sensors.Select(static sensor => sensor.Path).Where(static path => path.StartsWith("/sys/", StringComparison.Ordinal) || path.StartsWith("/proc/", StringComparison.Ordinal)).Distinct().ToList();

        foreach (var file in files)
        {
            using var hanging = new HangingFile(new PosixFiles(), host.Root.LocateDevice(Path.GetDirectoryName(file)!) + "/" + Path.GetFileName(file), host.Locate(file));
            var sample = await PassAsync(host, hanging);

            Assert.True(hanging.Calls > 0, $"{file} is not read");
            foreach (var (sensor, before) in Readings(whole))
            {
                // A channel that can not be probed is not found: that is its own loss.
                if (!Readings(sample).TryGetValue(sensor, out var reading))
                    Assert.True(IsOf(sensor, file), $"{file}: {sensor} is lost");
                else if (reading != before)
                    Assert.True(IsOf(sensor, file) && reading.Quality != Quality.Ok, $"{file}: {sensor} reads {reading} instead of {before}");
            }
        }
        Assert.True(files.Count > 10);
    }

    private static Dictionary<SensorInfo, Reading> Readings(NodeSample sample) =>
        sample.Inventory.Sensors.Zip(sample.Readings).ToDictionary(static pair => pair.First, static pair => pair.Second);

    /// <summary>What is computed from a file goes with it: a product of two channels, a sum of two counters.</summary>
    private static bool IsOf(SensorInfo sensor, string file) =>
        sensor.Path == file || (sensor.Source == "throttle" && file.Contains("thermal_throttle", StringComparison.Ordinal)) || (sensor.Path.Length == 0 && Path.GetFileName(file) is var name && (name.StartsWith("in", StringComparison.Ordinal) || name.StartsWith("curr", StringComparison.Ordinal)));

    private static async Task<NodeSample> PassAsync(FixtureHost host, HangingFile files)
    {
        var time = new ManualClock();
        using var sampler = new Sampler(
            host.Seen(files), SensorCatalog.Sources(), Some.Fallback, new SamplerOptions(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(60), RawCounters: true),
            new MonotonicClock(time), () => default, new ListLog());
        var pass = sampler.PassAsync().AsTask();
        var passed = 0;
        await Eventually.TrueAsync(() => pass.IsCompleted, () =>
        {
            if (files.Calls == passed)
                return;
            passed++;
            time.Advance(files.IsSearch ? TimeSpan.FromMilliseconds(100) : TimeSpan.FromMilliseconds(500));
        });
        return await pass;
    }

    /// <summary>A file, by the paths that lead to it, that never answers until this is disposed of.</summary>
    private sealed class HangingFile(IPseudoFiles inner, params string[] paths) : IPseudoFiles, IDisposable
    {
        private readonly ManualResetEventSlim _release = new();
        private int _calls;

        public int Calls => Volatile.Read(ref _calls);

        /// <summary>Whether the last call was a search's, which waits less long.</summary>
        public bool IsSearch { get; private set; }

        public int Read(PseudoPath read, Span<byte> buffer)
        {
            if (paths.Contains(read.ToString()))
            {
                IsSearch = Thread.CurrentThread.Name == PatientFiles.ThreadName;
                Interlocked.Increment(ref _calls);
                _release.Wait();
            }
            return inner.Read(read, buffer);
        }

        public IReadOnlyList<string> List(string folder, out int errno) => inner.List(folder, out errno);

        public string? Resolve(string link) => inner.Resolve(link);

        public void Dispose() => _release.Set();
    }
}

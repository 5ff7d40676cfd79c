using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests;

/// <summary>An agent that runs for years on 512 MB: what was found is read each second without a byte of new memory.</summary>
public sealed class SteadyStateTests
{
    private const int Passes = 25;

    public static TheoryData<string> Hosts =>
        [.. Directory.EnumerateDirectories(Path.Combine(RepositoryRoot.Path, "tests", "fixtures", "hosts")).Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Hosts))]
    public void Read_EachSourceOfARecordedHost_AllocatesNothing(string name)
    {
        using var host = FixtureHost.Recorded(name);
        var sources = SensorCatalog.Sources().Select(source => (source.Name, source.Discover(host.Root).Sensors)).ToArray();

        var read = sources.Sum(static source => source.Sensors.Count);
        var allocating = sources.Select(static source => (source.Name, Bytes: AllocatedIn(source.Sensors))).Where(static source => source.Bytes != 0);

        Assert.NotEqual(0, read);
        Assert.Empty(allocating);
    }

    [Theory]
    [InlineData("um890")]
    [InlineData("haswell")]
    [InlineData("pi5")]
    public void Read_FilesThatAreGone_AllocateNothing(string name)
    {
        using var host = FixtureHost.Recorded(name);
        var files = new FilesThatGo();
        ISensor[] sensors = [.. SensorCatalog.Sources().SelectMany(source => source.Discover(host.Seen(files)).Sensors)];
        files.AreGone = true;

        Assert.Equal(0, AllocatedIn(sensors));
        Assert.Contains(sensors, static sensor => sensor.Read().Quality == Units.Quality.Fault);
    }

    /// <summary>Bytes over many passes, once every reader has met its files.</summary>
    private static long AllocatedIn(IReadOnlyList<ISensor> sensors)
    {
        Pass(sensors, 3);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Pass(sensors, Passes);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static void Pass(IReadOnlyList<ISensor> sensors, int times)
    {
        for (var pass = 0; pass < times; pass++)
        {
            for (var i = 0; i < sensors.Count; i++)
                sensors[i].Read();
        }
    }

    /// <summary>The machine's files until they are gone.</summary>
    private sealed class FilesThatGo : IPseudoFiles
    {
        private readonly PosixFiles _files = new();

        public bool AreGone { get; set; }

        public int Read(PseudoPath path, Span<byte> buffer) => AreGone ? -Errno.NoEntry : _files.Read(path, buffer);

        public IReadOnlyList<string> List(string path, out int errno) => _files.List(path, out errno);

        public string? Resolve(string path) => _files.Resolve(path);
    }
}

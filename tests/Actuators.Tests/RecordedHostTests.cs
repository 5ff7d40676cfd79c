using Homelab.TestKit;

namespace Homelab.NodeAgent.Actuators;

/// <summary>The recorded machines: what is found on each, and that a copy is byte for byte the same after a hold and a restore.</summary>
public sealed class RecordedHostTests
{
    public static TheoryData<string, string> Machines => new()
    {
        { "hp-t640", "cpufreq:policy0" },
        { "jetson", "cpufreq:policy0" },
        { "n100", "rapl:package-0 cpufreq:policy0" },
        { "n150", "cpufreq:policy0" },
        { "node-exporter", "rapl:package-0" },
        { "pathological", "rapl:package-0-die-0 cpufreq:policy0 cpufreq:policy2" },
        { "pi4b", "cpufreq:policy0" },
        { "pi5", "cpufreq:policy0" },
        { "procfs-powercap", "rapl:package-0 rapl:package-10 cpufreq:policy0" },
        { "rk1", "cpufreq:policy0 cpufreq:policy4 devfreq:dmc devfreq:fb000000.gpu devfreq:fdab0000.npu" },
        { "steamdeck", "amdgpu:0000:04:00.0 cpufreq:policy0" },
        { "um890", "cpufreq:policy0" },
    };

    [Theory]
    [MemberData(nameof(Machines))]
    public void Discover_OnARecordedMachine_FindsItsLimiters(string machine, string names)
    {
        var root = FixtureHost.Recorded(machine).Root;
        Assert.Equal(names, string.Join(' ', LimiterCatalog.Discover(root, new PosixControlFiles(root)).Select(limiter => limiter.Info.Name)));
    }

    [Theory]
    [MemberData(nameof(Machines))]
    public void Restore_AfterEveryLimiterHeld_LeavesTheTreeByteForByteTheSame(string machine, string names)
    {
        var folder = Directory.CreateTempSubdirectory("recorded-");
        try
        {
            Copy(FixtureHost.Recorded(machine).Path, folder.FullName);
            var before = Texts(folder.FullName);
            var state = folder.CreateSubdirectory("state").FullName;
            var root = new HostRoot(folder.FullName, new PosixFiles());
            var journal = OriginalsJournal.Open(state, "boot", new PosixStateFiles());
            var files = new GuardedFiles(root, new PosixControlFiles(root), journal);

            var limiters = LimiterCatalog.Discover(root, files, journal);
            Assert.Equal(names.Split(' ').Length, limiters.Count);
            foreach (var limiter in limiters)
            {
                Assert.Null(journal.Record(limiter.Originals()));
                var least = limiter.Read().Least;
                var outcome = limiter.Apply(least);
                Assert.Equal((LimiterState.Ready, "", least), (outcome.Reading.State, outcome.Reading.Detail, outcome.Reading.Effective));
                Assert.True(outcome.WasWritten);
            }
            Assert.NotEqual(before, Texts(folder.FullName));

            // As the next process does it, from nothing but the state folder.
            var report = OriginalsJournal.Open(state, "boot", new PosixStateFiles()).Restore(new FileOriginals(root, new PosixControlFiles(root)));
            Assert.Empty(report.Failures);
            Assert.Null(report.Problem);
            Assert.Equal(before, Texts(folder.FullName));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [MemberData(nameof(Machines))]
    public void Apply_OnAMachineThatMayNotBeWritten_WritesNothingAndSaysSo(string machine, string names)
    {
        var files = new RefusedFiles(Errno.ReadOnlyFileSystem);
        var limiters = LimiterCatalog.Discover(FixtureHost.Recorded(machine).Root, files);
        Assert.Equal(names.Split(' ').Length, limiters.Count);
        Assert.All(limiters, limiter =>
        {
            var reading = limiter.Apply(limiter.Read().Least).Reading;
            Assert.Equal(LimiterState.Denied, reading.State);
            Assert.Contains("EROFS", reading.Detail, StringComparison.Ordinal);
        });
    }

    private static void Copy(string from, string to)
    {
        foreach (var folder in Directory.EnumerateDirectories(from))
        {
            var target = Path.Combine(to, Path.GetFileName(folder));
            if (new DirectoryInfo(folder).LinkTarget is { } link)
            {
                Directory.CreateSymbolicLink(target, link);
                continue;
            }
            Directory.CreateDirectory(target);
            Copy(folder, target);
        }
        foreach (var file in Directory.EnumerateFiles(from))
        {
            var target = Path.Combine(to, Path.GetFileName(file));
            if (new FileInfo(file).LinkTarget is { } link)
                File.CreateSymbolicLink(target, link);
            else
                File.WriteAllBytes(target, File.ReadAllBytes(file));
        }
    }

    private static SortedDictionary<string, string> Texts(string folder)
    {
        var texts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        // Class links lead in circles.
        var plain = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        foreach (var file in Directory.EnumerateFiles(Path.Combine(folder, "sys"), "*", plain))
            texts[file] = Convert.ToHexString(File.ReadAllBytes(file));
        return texts;
    }

    /// <summary>The recorded files behind a mount that takes no write.</summary>
    private sealed class RefusedFiles(int errno) : IControlFiles
    {
        private readonly PosixFiles _files = new();

        public int Read(PseudoPath path, Span<byte> buffer) => _files.Read(path, buffer);

        public IReadOnlyList<string> List(string path, out int error) => _files.List(path, out error);

        public string? Resolve(string path) => _files.Resolve(path);

        public int Write(PseudoPath path, ReadOnlySpan<byte> text) => -errno;

        public int Probe(PseudoPath path) => -errno;
    }
}

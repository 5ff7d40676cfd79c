using Homelab.NodeAgent.Sensors;
using Homelab.TestKit;

namespace Homelab.Fuzz;

public sealed class SourceFuzzTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private static readonly string[] Hosts =
        [.. Directory.GetDirectories(Path.Combine(RepositoryRoot.Path, "tests", "fixtures", "hosts")).Select(static folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    [Fact]
    public async Task Read_GarbledMachines_NeverACrashAHangOrAFalseNumber()
    {
        var (machines, readings, good) = (0, 0L, 0L);
        foreach (var seed in new FuzzBudget(rounds: 150, share: 0.6).Seeds())
        {
            var (all, ok) = await LookAsync(seed);
            (machines, readings, good) = (machines + 1, readings + all, good + ok);
        }

        Console.WriteLine($"fuzz: {machines} garbled machines, {readings} readings, {good} of them good");
        Assert.True(machines == 1 || good > readings / 20, "hardly anything could be read: the fuzzer garbles too much to find anything");
    }

    private static async Task<(long All, long Ok)> LookAsync(int seed)
    {
        var name = Hosts[seed % Hosts.Length];
        var share = new[] { 0.02, 0.1, 0.3, 0.7 }[seed / Hosts.Length % 4];
        using var host = FixtureHost.Recorded(name);
        var files = new GarbledFiles(new PosixFiles(), seed, share);
        // On a thread of its own: a source that never comes back has to be named, not waited for.
        var look = Task.Factory.StartNew(() => Look(host.Seen(files), files), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            return await look.WaitAsync(Longest);
        }
        catch (Exception error)
        {
            Assert.Fail($"seed {seed}, host {name}, {share:P0} garbled: {(error is TimeoutException ? "it hangs" : error.ToString())}");
            throw;
        }
    }

    private static (long All, long Ok) Look(HostRoot root, GarbledFiles files)
    {
        var (all, ok) = (0L, 0L);
        foreach (var source in SensorCatalog.Sources())
        {
            var discovery = source.Discover(root);
            for (var pass = 0; pass < 3; pass++)
            {
                foreach (var sensor in discovery.Sensors)
                {
                    files.Forget();
                    var reading = sensor.Read();
                    if (FalseNumber.In(sensor.Info, reading, files.Said) is { } wrong)
                        throw new InvalidOperationException($"{sensor.Info.Source} {sensor.Info.Device} {sensor.Info.Name}: {wrong}");
                    (all, ok) = (all + 1, ok + (reading.Quality == Units.Quality.Ok ? 1 : 0));
                }
            }
        }
        return (all, ok);
    }
}

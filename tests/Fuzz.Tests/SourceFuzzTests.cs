using Homelab.NodeAgent.Sensors;

namespace Homelab.Fuzz;

public sealed class SourceFuzzTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Read_GarbledMachines_NeverACrashAHangOrAFalseNumber()
    {
        var (machines, readings, good) = (0, 0L, 0L);
        foreach (var seed in new FuzzBudget(rounds: 150).Seeds())
        {
            var (all, ok) = await LookAsync(seed);
            (machines, readings, good) = (machines + 1, readings + all, good + ok);
        }

        Console.WriteLine($"fuzz: {machines} garbled machines, {readings} readings, {good} of them good");
        Assert.True(machines == 1 || good > readings / 20, "hardly anything could be read: the fuzzer garbles too much to find anything");
    }

    /// <summary>A source that finds nothing on any of the machines is not fuzzed: whoever adds one gives it a machine.</summary>
    [Fact]
    public void Read_MachinesAsTheyAre_EverySourceOfTheCatalogHasGoodReadings()
    {
        var read = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in FuzzedMachine.Names)
        {
            using var machine = FuzzedMachine.Open(name, seed: 1, share: 0);
            _ = Look(machine, (sensor, reading) => _ = reading.Quality == Units.Quality.Ok && read.Add(sensor.Info.Source));
        }

        Assert.Empty(SensorCatalog.Sources().Select(static source => source.Name).Where(name => !read.Contains(name)));
    }

    private static async Task<(long All, long Ok)> LookAsync(int seed)
    {
        var name = FuzzedMachine.Name(seed);
        var share = new[] { 0.02, 0.1, 0.3, 0.7 }[seed % 4];
        using var machine = FuzzedMachine.Open(name, seed, share);
        // On a thread of its own: a source that never comes back has to be named, not waited for.
        var look = Task.Factory.StartNew(() => Look(machine, Judge), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            return await look.WaitAsync(Longest);
        }
        catch (Exception error)
        {
            Assert.Fail($"seed {seed}, host {name}, {share:P0} garbled: {(error is TimeoutException ? "it hangs" : error.ToString())}");
            throw;
        }

        void Judge(ISensor sensor, Reading reading)
        {
            if (FalseNumber.In(sensor.Info, reading, machine.Files.Said) is { } wrong)
                throw new InvalidOperationException($"{sensor.Info.Source} {sensor.Info.Device} {sensor.Info.Name}: {wrong}");
        }
    }

    private static (long All, long Ok) Look(FuzzedMachine machine, Action<ISensor, Reading> judge)
    {
        var (all, ok) = (0L, 0L);
        ISensor[] sensors = [.. machine.Sources.SelectMany(source => source.Discover(machine.Root).Sensors)];
        for (var pass = 0; pass < 3; pass++)
        {
            foreach (var sensor in sensors)
            {
                machine.Files.Forget();
                var reading = sensor.Read();
                judge(sensor, reading);
                (all, ok) = (all + 1, ok + (reading.Quality == Units.Quality.Ok ? 1 : 0));
            }
            machine.Clock.Advance(TimeSpan.FromSeconds(2));
        }
        return (all, ok);
    }
}

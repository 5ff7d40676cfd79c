using System.Globalization;
using Homelab.EndToEnd.Tests;
using Xunit.Abstractions;

namespace Homelab.Faults.Tests;

/// <summary>The wall clock jumps in every program at once; leases live on another clock.</summary>
public sealed class ClockTests(ITestOutputHelper output)
{
    private static readonly string Library = Directory.EnumerateFiles("/usr/lib", "libfaketimeMT.so.1", SearchOption.AllDirectories).FirstOrDefault()
        ?? throw new InvalidOperationException("libfaketime is missing: apt-get install faketime");

    [Fact]
    public async Task WallClock_JumpsToAndFro_NothingChanges()
    {
        var clock = "";
        await using var trial = await FaultTrial.StartAsync("wall clock jumps", 51, output, fleet =>
        {
            clock = Path.Combine(fleet.Folder, "clock");
            File.WriteAllText(clock, "+0\n");
            var environment = new Dictionary<string, string>
            {
                ["LD_PRELOAD"] = Library,
                ["FAKETIME_TIMESTAMP_FILE"] = clock,
                ["FAKETIME_CACHE_DURATION"] = "1",
                ["FAKETIME_DISABLE_SHM"] = "1",
                ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
                ["DONT_FAKE_MONOTONIC"] = "1",
            };
            fleet.StartAggregator(fleet.First, environment);
            foreach (var name in fleet.Names)
                fleet.StartAgent(name, environment);
            return Task.CompletedTask;
        });
        var fleet = trial.Fleet;
        var before = DateTimeOffset.Parse((string)(await fleet.FleetAsync(fleet.First))["time"]!, CultureInfo.InvariantCulture);
        foreach (var jump in (string[])["+1h", "-10d", "+3650d", "+0"])
        {
            File.WriteAllText(clock, jump + "\n");
            await CappedFleet.PassAsync(8);
            if (jump == "-10d")
                Assert.True(DateTimeOffset.Parse((string)(await fleet.FleetAsync(fleet.First))["time"]!, CultureInfo.InvariantCulture) < before - TimeSpan.FromDays(9), "the clock did not jump");
            trial.RecoveredWithin = await fleet.AllHeldAsync(fleet.First, seconds: 3);
        }

        trial.Conclude();
    }
}

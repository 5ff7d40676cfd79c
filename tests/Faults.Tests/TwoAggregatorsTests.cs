using Homelab.EndToEnd.Tests;
using Xunit.Abstractions;

namespace Homelab.Faults.Tests;

/// <summary>Two aggregators lead one fleet at once: what must never happen, and sometimes does.</summary>
public sealed class TwoAggregatorsTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Fleet_SplitInHalves_NeitherHalfRises()
    {
        await using var trial = await FaultTrial.StartAsync("two aggregators with half the nodes each", 61, output);
        var fleet = trial.Fleet;
        var second = await TwinAsync(fleet);
        fleet.StartAggregator(second);
        foreach (var name in fleet.Names.Index().Where(name => name.Index % 2 == 0))
            fleet.Lines[name.Item].PlugInto(second.GrpcPort);
        await CappedFleet.PassAsync(75);
        // One of them is gone, and the other has every node again.
        await second.Program!.KillAsync();
        foreach (var line in fleet.Lines.Values)
            line.PlugInto(fleet.First.GrpcPort);
        await CappedFleet.PassAsync(15);

        trial.Conclude();
    }

    [Fact]
    public async Task OldAggregator_ThawedAfterATakeover_CanGrantNothing()
    {
        await using var trial = await FaultTrial.StartAsync("old aggregator thawed after a takeover", 62, output);
        var fleet = trial.Fleet;
        var second = await TwinAsync(fleet);
        fleet.First.Program!.Freeze();
        fleet.StartAggregator(second);
        foreach (var line in fleet.Lines.Values)
            line.PlugInto(second.GrpcPort);
        trial.RecoveredWithin = await fleet.AllHeldAsync(second);
        await CappedFleet.PassAsync(5);
        fleet.First.Program!.Thaw();
        foreach (var name in fleet.Names.Index().Where(name => name.Index % 2 == 0))
            fleet.Lines[name.Item].PlugInto(fleet.First.GrpcPort);
        await CappedFleet.PassAsync(40);
        foreach (var line in fleet.Lines.Values)
            line.PlugInto(second.GrpcPort);
        await fleet.AllHeldAsync(second);
        await CappedFleet.PassAsync(5);

        trial.Conclude();
    }

    // A second one with a copy of the first one's memory, as after a restored backup or a moved disk.
    private static async Task<Aggregator> TwinAsync(CappedFleet fleet)
    {
        var twin = new Aggregator(fleet.Folder, "second");
        var (exitCode, _, said) = await RunningProgram.RunAsync("/bin/cp", ["-a", fleet.First.Storage, twin.Storage]);
        Assert.True(exitCode == 0, said);
        return twin;
    }
}

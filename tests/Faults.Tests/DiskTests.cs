using Homelab.EndToEnd.Tests;
using Xunit.Abstractions;

namespace Homelab.Faults.Tests;

/// <summary>No room left where state must be stored before it is acted on.</summary>
public sealed class DiskTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Disks_FilledUp_NothingRisesAndNobodyDies()
    {
        List<SmallDisk> disks = [];
        await using var trial = await FaultTrial.StartAsync("disks full", 41, output, fleet =>
        {
            foreach (var folder in fleet.Names.Select(fleet.State).Append(fleet.First.Storage))
                disks.Add(fleet.Own(SmallDisk.Mount(folder)));
            fleet.StartAggregator(fleet.First);
            foreach (var name in fleet.Names)
                fleet.StartAgent(name);
            return Task.CompletedTask;
        });
        var fleet = trial.Fleet;
        foreach (var disk in disks)
            disk.Fill();
        await CappedFleet.PassAsync(20);
        // Restarts on full disks: what was stored before is still there.
        await fleet.Agents["nuc-1"].KillAsync();
        fleet.StartAgent("nuc-1");
        await CappedFleet.PassAsync(10);
        await fleet.First.Program!.KillAsync();
        fleet.StartAggregator(fleet.First);
        await CappedFleet.PassAsync(10);
        Assert.False(fleet.First.Program!.HasExited, fleet.First.Program!.Output);
        Assert.All(fleet.Agents, agent => Assert.False(agent.Value.HasExited, agent.Value.Output));
        foreach (var disk in disks)
            disk.Empty();
        trial.RecoveredWithin = await fleet.AllHeldAsync(fleet.First);
        await CappedFleet.PassAsync(10);

        trial.Conclude();
    }
}

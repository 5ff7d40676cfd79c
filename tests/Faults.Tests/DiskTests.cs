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
        try
        {
            await using var trial = await FaultTrial.StartAsync("disks full", 41, output, fleet =>
            {
                disks.Add(SmallDisk.Mount(fleet.First.Storage));
                disks.AddRange(fleet.Names.Select(name => SmallDisk.Mount(fleet.State(name))));
                fleet.StartAggregator(fleet.First);
                foreach (var name in fleet.Names)
                    fleet.StartAgent(name);
                return Task.CompletedTask;
            });
            var fleet = trial.Fleet;
            foreach (var disk in disks)
                disk.Fill();
            await CappedFleet.PassAsync(20);
            // A restart on a full disk: what was stored before is still there.
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
            foreach (var program in fleet.Agents.Values.Append(fleet.First.Program!))
                await program.KillAsync();
        }
        finally
        {
            foreach (var disk in disks)
                disk.Dispose();
        }
    }
}

using Homelab.EndToEnd.Tests;
using Xunit.Abstractions;

namespace Homelab.Faults.Tests;

/// <summary>kill -9: nobody says goodbye.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const string RaplLimit = "sys/class/powercap/intel-rapl:0/constraint_0_power_limit_uw";

    [Fact]
    public async Task Aggregator_KilledHard_NodesFallToSafeSharesAndComeBack()
    {
        await using var trial = await FaultTrial.StartAsync("kill aggregator", 11, output);
        var fleet = trial.Fleet;
        await trial.OutageAsync(() => fleet.First.Program!.KillAsync(), seconds: 15, () => fleet.StartAggregator(fleet.First), after: 15);
    }

    [Fact]
    public async Task Agent_KilledHard_LeavesItsCapAndItsOriginals()
    {
        await using var trial = await FaultTrial.StartAsync("kill agent", 12, output);
        var fleet = trial.Fleet;
        await fleet.Agents["nuc-1"].KillAsync();
        var left = fleet.Read("nuc-1", RaplLimit);
        await CappedFleet.PassAsync(12);
        Assert.Equal(left, fleet.Read("nuc-1", RaplLimit));
        Assert.NotEqual(fleet.Recorded("nuc-1", RaplLimit), left);

        var restarted = CappedFleet.Now;
        fleet.StartAgent("nuc-1");
        // On a machine that is still held it is the lower of what it holds and the safe share, said as a lease that is over.
        await Eventually.GetAsync("a cap before any grant", () => Task.FromResult(fleet.Agents["nuc-1"].Output), said => said.Contains("lease expired: cap", StringComparison.Ordinal));
        trial.SafeWithin = CappedFleet.Now - restarted;
        await fleet.AllHeldAsync(fleet.First);
        trial.RecoveredWithin = CappedFleet.Now - restarted;
        await CappedFleet.PassAsync(10);

        await fleet.Agents["nuc-1"].KillAsync();
        trial.Conclude();
        Assert.InRange(trial.RecoveredWithin.Value, TimeSpan.Zero, Bounds.Recovery);
        var (exitCode, _, said) = await fleet.ReleaseAsync("nuc-1");
        Assert.True(exitCode == 0, said);
        Assert.Equal(fleet.Recorded("nuc-1", RaplLimit), fleet.Read("nuc-1", RaplLimit));
    }

    [Fact]
    public async Task AggregatorAndAgent_KilledHard_NothingRises()
    {
        await using var trial = await FaultTrial.StartAsync("kill both", 13, output);
        var fleet = trial.Fleet;
        await trial.OutageAsync(
            () => Task.WhenAll(fleet.First.Program!.KillAsync(), fleet.Agents["um890"].KillAsync()),
            seconds: 12,
            () =>
            {
                fleet.StartAggregator(fleet.First);
                fleet.StartAgent("um890");
            },
            after: 15,
            // The dead agent's node stays at its last cap: the others are what falls.
            falls: name => name != "um890");
    }

    [Fact]
    public async Task EveryAgent_KilledHardInTurn_StaysWithinTheBudget()
    {
        await using var trial = await FaultTrial.StartAsync("kill every agent in turn", 14, output);
        var fleet = trial.Fleet;
        foreach (var name in fleet.Names)
        {
            await fleet.Agents[name].KillAsync();
            await CappedFleet.PassAsync(1);
            fleet.StartAgent(name);
            await CappedFleet.PassAsync(2);
        }
        trial.RecoveredWithin = await fleet.AllHeldAsync(fleet.First);
        await CappedFleet.PassAsync(10);

        trial.Conclude();
        Assert.InRange(trial.RecoveredWithin.Value, TimeSpan.Zero, Bounds.Recovery);
    }
}

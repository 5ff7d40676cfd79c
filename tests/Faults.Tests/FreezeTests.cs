using Homelab.EndToEnd.Tests;
using Xunit.Abstractions;

namespace Homelab.Faults.Tests;

/// <summary>SIGSTOP: a process that stands still, with its connections open.</summary>
public sealed class FreezeTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Agent_FrozenForThirtySeconds_ItsWattsStayReserved()
    {
        await using var trial = await FaultTrial.StartAsync("freeze agent for 30 s", 31, output);
        var fleet = trial.Fleet;
        fleet.Agents["nuc-1"].Freeze();
        await CappedFleet.PassAsync(30);
        fleet.Agents["nuc-1"].Thaw();
        // Grants of half a minute ago wait in its socket: their leases are over.
        trial.RecoveredWithin = await fleet.AllHeldAsync(fleet.First);
        await CappedFleet.PassAsync(15);

        trial.Conclude();
        Assert.InRange(trial.RecoveredWithin.Value, TimeSpan.Zero, Bounds.Recovery);
    }

    [Fact]
    public async Task Aggregator_FrozenForTwentySeconds_NodesFallToSafeSharesAndComeBack()
    {
        await using var trial = await FaultTrial.StartAsync("freeze aggregator for 20 s", 32, output);
        var aggregator = trial.Fleet.First.Program!;
        await trial.OutageAsync(aggregator.Freeze, seconds: 20, aggregator.Thaw, after: 15);
    }
}

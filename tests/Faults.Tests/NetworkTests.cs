using Homelab.EndToEnd.Tests;
using Xunit.Abstractions;

namespace Homelab.Faults.Tests;

/// <summary>The cable between agents and aggregator.</summary>
public sealed class NetworkTests(ITestOutputHelper output)
{
    [Fact]
    public async Task EveryLine_SwallowsForTwentySeconds_NodesFallToSafeSharesAndComeBack()
    {
        await using var trial = await FaultTrial.StartAsync("network swallows everything", 21, output);
        var fleet = trial.Fleet;
        var shares = await fleet.SafeSharesAsync(fleet.First);
        var stopped = CappedFleet.Now;
        foreach (var line in fleet.Lines.Values)
            line.Swallow();
        await CappedFleet.PassAsync(20);
        var descent = fleet.DownSince(stopped, shares);
        trial.SafeWithin = descent.After;
        foreach (var line in fleet.Lines.Values)
            line.Restore();
        // What waited on the line arrives now: grants as old as the outage.
        trial.RecoveredWithin = await fleet.AllHeldAsync(fleet.First);
        await CappedFleet.PassAsync(15);

        trial.Conclude();
        Assert.True(descent.After <= Bounds.Safe, $"{descent}");
        Assert.InRange(trial.RecoveredWithin.Value, TimeSpan.Zero, Bounds.Recovery);
    }

    [Fact]
    public async Task EveryLine_IsCutForTenSeconds_NodesComeBack()
    {
        await using var trial = await FaultTrial.StartAsync("network cut", 22, output);
        var fleet = trial.Fleet;
        var shares = await fleet.SafeSharesAsync(fleet.First);
        var stopped = CappedFleet.Now;
        foreach (var line in fleet.Lines.Values)
            line.Cut();
        await CappedFleet.PassAsync(12);
        var descent = fleet.DownSince(stopped, shares);
        trial.SafeWithin = descent.After;
        foreach (var line in fleet.Lines.Values)
            line.Restore();
        trial.RecoveredWithin = await fleet.AllHeldAsync(fleet.First);
        await CappedFleet.PassAsync(10);

        trial.Conclude();
        Assert.True(descent.After <= Bounds.Safe, $"{descent}");
        Assert.InRange(trial.RecoveredWithin.Value, TimeSpan.Zero, Bounds.Recovery);
    }

    [Fact]
    public async Task EveryLine_IsHalfASecondLate_TheBudgetHolds()
    {
        await using var trial = await FaultTrial.StartAsync("network late by 0.5 s each way", 23, output);
        foreach (var line in trial.Fleet.Lines.Values)
            line.Delay(TimeSpan.FromMilliseconds(500));
        await CappedFleet.PassAsync(30);
        foreach (var line in trial.Fleet.Lines.Values)
            line.Restore();
        trial.RecoveredWithin = await trial.Fleet.AllHeldAsync(trial.Fleet.First);
        await CappedFleet.PassAsync(5);

        trial.Conclude();
    }

    [Fact]
    public async Task OneLine_SwallowsForFiftySeconds_TheNodeMovesToItsSafeShareAndOthersMadeRoom()
    {
        await using var trial = await FaultTrial.StartAsync("one node cut off for 50 s", 24, output);
        var fleet = trial.Fleet;
        var shares = await fleet.SafeSharesAsync(fleet.First);
        var stopped = CappedFleet.Now;
        fleet.Lines["nuc-1"].Swallow();
        await CappedFleet.PassAsync(50);
        var descent = fleet.DownSince(stopped, shares.Where(share => share.Key == "nuc-1").ToDictionary());
        trial.SafeWithin = descent.After;
        fleet.Lines["nuc-1"].Restore();
        trial.RecoveredWithin = await fleet.AllHeldAsync(fleet.First);
        await CappedFleet.PassAsync(10);

        trial.Conclude();
        Assert.True(descent.After <= Bounds.Safe, $"{descent}");
        Assert.InRange(trial.RecoveredWithin.Value, TimeSpan.Zero, Bounds.Recovery);
    }
}

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
        // What waited on the line arrives at its end: grants as old as the outage.
        await trial.OutageAsync(() => Each(trial, line => line.Swallow()), seconds: 20, () => Each(trial, line => line.Restore()), after: 15);
    }

    [Fact]
    public async Task EveryLine_IsCutForTenSeconds_NodesComeBack()
    {
        await using var trial = await FaultTrial.StartAsync("network cut", 22, output);
        await trial.OutageAsync(() => Each(trial, line => line.Cut()), seconds: 12, () => Each(trial, line => line.Restore()), after: 10);
    }

    [Fact]
    public async Task EveryLine_IsHalfASecondLate_TheBudgetHolds()
    {
        await using var trial = await FaultTrial.StartAsync("network late by 0.5 s each way", 23, output);
        Each(trial, line => line.Delay(TimeSpan.FromMilliseconds(500)));
        await CappedFleet.PassAsync(30);
        Each(trial, line => line.Restore());
        trial.RecoveredWithin = await trial.Fleet.AllHeldAsync(trial.Fleet.First);
        await CappedFleet.PassAsync(5);

        trial.Conclude();
    }

    [Fact]
    public async Task OneLine_SwallowsForFiftySeconds_TheNodeMovesToItsSafeShareAndOthersMadeRoom()
    {
        await using var trial = await FaultTrial.StartAsync("one node cut off for 50 s", 24, output);
        var line = trial.Fleet.Lines["nuc-1"];
        await trial.OutageAsync(line.Swallow, seconds: 50, line.Restore, after: 10, falls: name => name == "nuc-1");
    }

    private static void Each(FaultTrial trial, Action<CutLine> fault)
    {
        foreach (var line in trial.Fleet.Lines.Values)
            fault(line);
    }
}

using Homelab.RecordedHosts;

namespace Homelab.EndToEnd.Tests;

/// <summary>The promise in short: bursts of twice the budget on the published binaries, judged by what really flows.</summary>
public sealed class BudgetTests
{
    [Fact]
    public async Task Fleet_UnderBursts_StaysWithinItsBudgetAndUsesIt()
    {
        await using var fleet = new CappedFleet();
        await fleet.StartAsync(seed: 3, speed: 4);
        await CappedFleet.PassAsync(2);
        var from = CappedFleet.Now;
        var guard = await fleet.GuardAsync(fleet.First);
        await CappedFleet.PassAsync(30);

        var verdict = Verdict.Of(fleet.Truth(from), CappedFleet.Budget, guard);

        Assert.True(verdict.AboveGuard == TimeSpan.Zero, verdict + "\n" + fleet.Everything);
        Assert.True(verdict.WantedAbove > TimeSpan.FromSeconds(5), $"{verdict}: too little was wanted to prove anything");
        Assert.True(verdict.Utilization > 0.7, $"{verdict}: the budget is not used");
    }
}

using Homelab.Aggregator.Simulation.Figures;

namespace Homelab.Aggregator.Simulation;

/// <summary>The rivals come to the figures that were published for their rules, on the same ten seeds.</summary>
public sealed class ReferenceFiguresTests
{
    [Theory]
    [InlineData("a-homelab", "none", 78.186, 79.1, 1.207)]
    [InlineData("a-homelab", "static", 0, 0, 0.839)]
    [InlineData("a-homelab", "slurm", 0, 0, 0.720)]
    [InlineData("a-homelab", "ear", 8.324, 70.8, 0.879)]
    [InlineData("a-homelab", "dynamo", 19.965, 71.7, 0.977)]
    [InlineData("a-homelab", "thunderbolt", 0.944, 47.6, 0.817)]
    [InlineData("b-tight-budget", "none", 93.672, 99.1, 1.508)]
    [InlineData("b-tight-budget", "static", 0, 0, 0.836)]
    [InlineData("d-gpu-fleet", "none", 34.990, 119.3, 1.038)]
    [InlineData("d-gpu-fleet", "dynamo", 7.523, 118.4, 0.987)]
    [InlineData("d-gpu-fleet", "static", 0, 0, 0.956)]
    public void Play_RivalOnTenSeeds_ComesToTheReference(string scenario, string policy, double abovePercent, double peak, double performance)
    {
        var summary = Of(scenario, policy);
        Assert.InRange(summary.TimeAboveRatio * 100, (abovePercent * 0.95) - 0.05, (abovePercent * 1.05) + 0.25);
        Assert.InRange(summary.PeakExcessWatts, (peak * 0.97) - 0.01, (peak * 1.03) + 0.01);
        Assert.InRange(summary.PerformanceVsOptimum, performance - 0.006, performance + 0.006);
    }

    [Fact]
    public void Play_WithoutAPolicy_HasTheDemandOfTheReferenceExactly()
    {
        var summary = Of("a-homelab", "none");
        Assert.InRange(summary.WorstEventJoules, 14202.2, 14202.4);
        Assert.InRange(summary.LongestEventSeconds, 321.49, 321.51);
        Assert.InRange(summary.PerformanceVsRobust, 1.2694, 1.2706);
    }

    [Fact]
    public void Play_DynamoWithTelemetryLost_StaysBlindForAMinute() => Assert.InRange(Of("f-telemetry-lost", "dynamo").LongestEventSeconds, 50, 80);

    [Fact]
    public void Play_DynamoWithoutAController_IsFarAboveForMinutes() => Assert.InRange(Of("g-aggregator-dead", "dynamo").WorstEventJoules, 4000, 7000);

    private static Summary Of(string name, string policy)
    {
        var scenario = Fixture.Bundled(name, 900);
        var which = PolicyNames.Find(policy)!.Value;
        return Summary.Of(scenario, which, [.. Enumerable.Range(1, 10).Select(seed => new SimulationRun(scenario, (ulong)seed).Play(which))]);
    }
}

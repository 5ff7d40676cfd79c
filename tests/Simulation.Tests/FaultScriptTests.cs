using Homelab.Aggregator.Simulation.Figures;
using Homelab.Aggregator.Simulation.Scenarios;

namespace Homelab.Aggregator.Simulation;

public sealed class FaultScriptTests
{
    private const string Nodes = "[mini-1, amd, rk1]";

    /// <summary>No fault of messages, processes or nodes lets Σ of what the hardware is held to above the budget, and each of them shows.</summary>
    [Theory]
    [InlineData("message-loss, ratio: 0.5")]
    [InlineData("message-delay, by: 3s")]
    [InlineData("message-duplicate, by: 8s")]
    [InlineData("telemetry-lost, at: 50s, for: 60s, nodes: " + Nodes)]
    [InlineData("partition, at: 50s, for: 100s, nodes: " + Nodes)]
    [InlineData("partition, at: 50s, for: 100s")]
    [InlineData("aggregator-dead, at: 50s, for: 60s")]
    [InlineData("aggregator-dead, at: 50s, for: 1s")]
    [InlineData("split-brain, at: 50s, for: 100s, nodes: " + Nodes)]
    [InlineData("split-brain, at: 50s, for: 100s, nodes: [mini, amd, rk1, pi-1]")]
    [InlineData("agent-killed, at: 50s, for: 2s, nodes: " + Nodes)]
    [InlineData("agent-killed, at: 50s, for: 45s, nodes: " + Nodes)]
    [InlineData("agent-frozen, at: 50s, for: 30s, nodes: " + Nodes)]
    [InlineData("node-rebooted, at: 50s, for: 40s, nodes: " + Nodes)]
    [InlineData("node-suspended, at: 50s, for: 40s, nodes: " + Nodes)]
    public void Play_FaultOfMessagesProcessesOrNodes_ShowsAndHoldsTheBudget(string fault)
    {
        for (ulong seed = 1; seed <= 3; seed++)
        {
            var (with, figures) = Play($"faults: [{{ kind: {fault} }}]", seed);
            var (without, _) = Play("", seed);
            Assert.NotEqual(without, with);
            Assert.Empty(figures.Violations);
            Assert.InRange(figures.PeakExcessWatts, 0, 3);
        }
    }

    [Fact]
    public void Play_WallClockOfTheAggregatorJumps_ChangesNothing() =>
        Assert.Equal(Play("", 1).Caps, Play("faults: [{ kind: clock-jump, at: 50s, by: 1h }]", 1).Caps);

    [Theory]
    [InlineData("actuator-ignores")]
    [InlineData("actuator-stuck")]
    public void Play_LimiterThatLies_Shows(string kind)
    {
        var (with, _) = Play($"faults: [{{ kind: {kind}, at: 60s, for: 100s, nodes: [mini] }}]", 1);
        Assert.NotEqual(Play("", 1).Caps, with);
    }

    [Fact]
    public void Play_LimiterThatHoldsNothing_IsAViolationUntilItIsReserved()
    {
        var (_, figures) = Play("faults: [{ kind: actuator-ignores, at: 60s, for: 130s, nodes: [mini-1] }]", 1);
        Assert.NotEmpty(figures.Violations);
        Assert.All(figures.Violations, violation => Assert.InRange(violation.At, 59, 200));
        Assert.Contains("mini-1", figures.Violations[0].Nodes);
    }

    /// <summary>What is reset is written again by the agent at its next look.</summary>
    [Fact]
    public void Play_LimiterThatIsReset_IsWrittenAgain()
    {
        var (_, figures) = Play("faults: [{ kind: actuator-reset, at: 60s, for: 100s, nodes: [mini] }]", 1);
        Assert.True(figures.WritesPerNodeMinute > Play("", 1).Figures.WritesPerNodeMinute + 0.5);
    }

    [Fact]
    public void Play_AggregatorDead_NodesFallToCapsThatFitWithinSeconds()
    {
        var scenario = Fixture.Bundled("a-homelab", 120) with { Faults = [new Fault(FaultKind.AggregatorDead, TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(60), [], 1, TimeSpan.Zero)] };
        var recorder = new ShareRecorder(scenario);
        new SimulationRun(scenario, 1).Play(Policy.Ours, recorder);
        // Four seconds of lease from the last report, and no network needed.
        Assert.All(recorder.Caps.Skip((int)(54.2 * 20)).Take(20 * 20), sum => Assert.InRange(sum, 50, 0.97 * 92));
        Assert.True(recorder.Caps[53 * 20] > recorder.Caps[55 * 20], $"{recorder.Caps[53 * 20]} then {recorder.Caps[55 * 20]}");
    }

    private static (IReadOnlyList<double> Caps, RunFigures Figures) Play(string faults, ulong seed)
    {
        var scenario = Fixture.Bundled("a-homelab", 200);
        scenario = scenario with { Faults = Parsed(faults).Faults };
        var recorder = new ShareRecorder(scenario);
        var figures = new SimulationRun(scenario, seed).Play(Policy.Ours, recorder);
        return (recorder.Caps, figures);
    }

    private static Scenario Parsed(string faults)
    {
        var file = Fixture.Parse($$"""
            name: a
            budget: { watts: 100 }
            nodes:
              - { name: mini, count: 2, idle: 8, ceiling: 45 }
              - { name: amd, count: 1, idle: 8, ceiling: 45 }
              - { name: rk1, count: 4, idle: 3, ceiling: 9 }
              - { name: pi, count: 2, idle: 3, ceiling: 9 }
            {{faults}}
            """);
        Assert.Empty(file.Problems);
        return file.Scenario!;
    }
}

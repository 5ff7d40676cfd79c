using Homelab.Aggregator.Simulation.Scenarios;
using Homelab.Units;

namespace Homelab.Aggregator.Simulation;

public sealed class ScenarioFileTests
{
    private const string Good = """
        name: two
        duration: 2m
        budget: { watts: 30, unmanaged: 2, device: ups, steps: [{ at: 60s, watts: 24 }] }
        classes: [{ name: high }, { name: low, guarantee: 0.2 }]
        groups: [{ name: shelf, watts: 20, mode: bounded, nodes: [pi] }]
        nodes:
          - { name: mini, idle: 6, enforceableFloor: 9, floor: 10, ceiling: 28, class: high, weight: 2 }
          - { name: pi, count: 2, actuator: freq-estimated, idle: 2, enforceableFloor: 3, ceiling: 7, steps: 4, deadTime: 30ms, lag: 0.2s, trace: demand.csv }
        demand: { correlation: 0.5, busy: 1m }
        link: { loss: 0.01, spread: true }
        faults: [{ kind: partition, at: 10s, for: 5s, nodes: [pi] }]
        meter: { period: 3s, error: 0.01, hard: false }
        """;

    [Fact]
    public void Parse_EveryKindOfKey_IsRead()
    {
        var file = Fixture.Parse(Good);
        Assert.Empty(file.Problems);
        var scenario = file.Scenario!;
        Assert.Equal(["mini", "pi-1", "pi-2"], scenario.Nodes.Select(node => node.Name.Value));
        Assert.Equal(W(24), scenario.BudgetAt(TimeSpan.FromSeconds(60)));
        Assert.Equal(W(30), scenario.BudgetAt(TimeSpan.FromSeconds(59)));
        Assert.Equal([W(3), W(4), W(5), W(6), W(7)], scenario.Nodes[1].Steps.AsEnumerable());
        Assert.Equal((W(10), W(9), 2.0, "high"), (scenario.Nodes[0].Floor, scenario.Nodes[0].EnforceableFloor, scenario.Nodes[0].Weight, scenario.Nodes[0].PriorityClass));
        Assert.Equal((TimeSpan.FromMilliseconds(30), TimeSpan.FromMilliseconds(200)), (scenario.Nodes[2].DeadTime, scenario.Nodes[2].Lag));
        Assert.Equal(["pi-1", "pi-2"], scenario.Groups[0].Members.Select(name => name.Value));
        Assert.Equal(2, scenario.Faults[0].Nodes.Length);
        Assert.Equal((0.5, TimeSpan.FromMinutes(1), 0.01, true), (scenario.Demand.Correlation, scenario.Demand.Busy, scenario.Link.Loss, scenario.Link.IsSpread));
        Assert.Equal(new OuterMeter(TimeSpan.FromSeconds(3), 0.01, false), scenario.OuterMeter);
        Assert.Equal(W(7), scenario.Nodes[1].Trace!.At(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Parse_Json_IsTheSame()
    {
        var file = Fixture.Parse("""{ "name": "j", "budget": { "watts": 50 }, "nodes": [ { "name": "a", "idle": 5, "ceiling": 20, "steps": [10, 15, 20] } ] }""");
        Assert.Empty(file.Problems);
        Assert.Equal([W(10), W(15), W(20)], file.Scenario!.Nodes[0].Steps.AsEnumerable());
    }

    [Fact]
    public void Parse_ManyMistakes_AreAllReportedWithLineKeyAndFix()
    {
        var file = Fixture.Parse("""
            name: bad
            duration: soon
            budget: { watts: lots, colour: red, steps: [{ at: 20s, watts: 5 }, { at: 10s, watts: 6 }] }
            nodes:
              - { name: "No Name", idle: 5, ceiling: 20 }
              - { name: a, idle: 50, ceiling: 20, actuator: magic }
              - { name: b, ceiling: 20, trace: nowhere.csv }
            faults: [{ kind: gremlins, nodes: [zz] }]
            """);
        Assert.Null(file.Scenario);
        var text = string.Join('\n', file.Problems);
        Assert.Contains("s.yaml:2: duration: 'soon' is not a duration. Write e.g. 300s", text);
        Assert.Contains("s.yaml:3: budget.watts: 'lots' is not a number", text);
        Assert.Contains("s.yaml:3: budget.colour: unknown key. Known here: watts", text);
        Assert.Contains("budget.steps: the times must ascend", text);
        Assert.Contains("s.yaml:5: nodes[0].name: 'No Name' is not a node name", text);
        Assert.Contains("s.yaml:6: nodes[1].actuator: 'magic' is not known. Write one of none, rapl", text);
        Assert.Contains("nodes[1].enforceableFloor", text);
        Assert.Contains("s.yaml:7: nodes[2].idle: missing", text);
        Assert.Contains("nodes[2].trace: 'nowhere.csv' cannot be read", text);
        Assert.Contains("s.yaml:8: faults[0].kind: 'gremlins' is not known", text);
        Assert.Contains("faults[0].nodes: there is no node 'zz'", text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("just text")]
    [InlineData("[1, 2]")]
    [InlineData("a: {b")]
    [InlineData("name: x\n---\nname: y")]
    [InlineData("name: x\nbudget: 5\nnodes: 7")]
    [InlineData("name: x\nbudget: { watts: 0 }\nnodes: [{ name: a, idle: 1, ceiling: 2 }, { name: a, idle: 1, ceiling: 2 }]")]
    [InlineData("name: x\nduration: 100ms\nbudget: { watts: 5 }\nnodes: [{ name: a, idle: 1, ceiling: 2 }]")]
    [InlineData("name: x\nduration: 30h\nbudget: { watts: 5 }\nnodes: [{ name: a, count: 1000, idle: 1, ceiling: 2 }]")]
    [InlineData("%:{")]
    public void Parse_Nonsense_IsAProblemAndNoCrash(string text)
    {
        var file = Fixture.Parse(text);
        Assert.Null(file.Scenario);
        Assert.NotEmpty(file.Problems);
    }

    [Fact]
    public void Parse_Exact_TakesEveryErrorAway() =>
        Assert.All(
            Fixture.Parse("exact: true\n" + Good).Scenario!.Nodes,
            node => Assert.Equal(0, node.MeterError + node.MeterNoise + node.ActuatorError + node.WorkloadError + node.Uncertainty));

    [Theory]
    [InlineData("900s", 900.0)]
    [InlineData("50ms", 0.05)]
    [InlineData("15m", 900.0)]
    [InlineData("1.5h", 5400.0)]
    [InlineData("7", 7.0)]
    [InlineData("-1s", null)]
    [InlineData("1e9h", null)]
    [InlineData("s", null)]
    [InlineData("NaN", null)]
    public void ParseTime_Text_IsADurationOrNot(string text, double? seconds) => Assert.Equal(seconds, Fields.ParseTime(text)?.TotalSeconds);

    [Fact]
    public void Bundled_EachOfThem_IsGoodAndSaysWhatItIs()
    {
        Assert.True(BundledScenarios.Names.Count >= 15);
        Assert.All(BundledScenarios.Names, name => Assert.Empty(BundledScenarios.Find(name)!.Problems));
        Assert.All(BundledScenarios.Names, name => Assert.Equal(name, BundledScenarios.Find(name)!.Scenario!.Name));
        Assert.All(BundledScenarios.Names, name => Assert.NotEmpty(BundledScenarios.Find(name)!.Scenario!.Description));
        Assert.Equal("c-budget-step", BundledScenarios.Find("c")!.Scenario!.Name);
        Assert.Null(BundledScenarios.Find("no-such"));
    }

    private static Power W(double watts) => Power.FromWatts(watts);
}

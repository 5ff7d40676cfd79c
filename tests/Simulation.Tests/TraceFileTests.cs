using Homelab.Aggregator.Simulation.Plants;
using Homelab.Aggregator.Simulation.Scenarios;
using Homelab.Units;

namespace Homelab.Aggregator.Simulation;

public sealed class TraceFileTests
{
    private static readonly Power Idle = Power.FromWatts(10);
    private static readonly Power Ceiling = Power.FromWatts(30);

    [Fact]
    public void Parse_Watts_HoldFromTheirTimeToTheNext()
    {
        var series = Parse("time,watts\n# recorded at night\n0,12\n\n5.5, 18.2\r\n10,11\n", out var problems)!;
        Assert.Empty(problems);
        Assert.Equal([12, 12, 18.2, 11, 11], new[] { 0, 5.4, 5.5, 10, 1000 }.Select(at => series.At(TimeSpan.FromSeconds(at)).Watts));
    }

    [Fact]
    public void Parse_Shares_AreOfTheDynamicRange() => Assert.Equal(20, Parse("time,share\n0,0.5\n", out _)!.At(TimeSpan.Zero).Watts);

    [Theory]
    [InlineData("seconds;watts\n0;1", ":1: the header is")]
    [InlineData("time,watts\n", "holds no values")]
    [InlineData("time,watts\n0,1\nx,2\n", ":3: 'x,2' is not a time and a value")]
    [InlineData("time,watts\n5,1\n5,2\n", ":3: the times must ascend")]
    [InlineData("time,share\n0,1.5\n", ":2: '0,1.5' is not")]
    [InlineData("time,watts\n0,NaN\n", ":2: ")]
    public void Parse_BadLine_IsNamed(string text, string complaint)
    {
        Parse(text, out var problems);
        Assert.Contains(problems, problem => problem.ToString().Contains(complaint, StringComparison.Ordinal));
    }

    [Fact]
    public void Draw_NodeWithATrace_FollowsItAndLeavesTheOthersAlone()
    {
        var scenario = Fixture.Bundled("a-homelab", 20);
        var series = Parse("time,watts\n0,12\n10,40\n", out _);
        var traced = DemandTrace.Draw(scenario with { Nodes = scenario.Nodes.SetItem(0, scenario.Nodes[0] with { Trace = series }) }, 1);
        var plain = DemandTrace.Draw(scenario, 1);
        Assert.Equal((12.0, 40.0), (traced.Watts[0], traced.Watts[250 * traced.Nodes]));
        Assert.Equal(Enumerable.Range(0, 400).Select(step => plain.Watts[(step * plain.Nodes) + 1]), Enumerable.Range(0, 400).Select(step => traced.Watts[(step * plain.Nodes) + 1]));
    }

    private static DemandSeries? Parse(string text, out List<ScenarioProblem> problems)
    {
        problems = [];
        return TraceFile.Parse("t.csv", text, Idle, Ceiling, problems);
    }
}

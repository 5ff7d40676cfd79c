using Homelab.Aggregator.Api;
using Homelab.Aggregator.Cli;
using Homelab.Aggregator.Tests.Fakes;

namespace Homelab.Aggregator.Tests.Cli;

public sealed class NodeViewTests
{
    [Theory]
    [InlineData("rk1-1")]
    [InlineData("pi4")]
    public void Text_Node_MatchesTheGolden(string node)
    {
        var fleet = TypicalFleet.Snapshot();

        var text = NodeView.Text(ApiMap.Detail(fleet.Find(Sample.Node(node))!, null, fleet.At), TerminalStyle.Plain);

        Assert.Equal(Repository.Golden(text, "tests", "Aggregator.Tests", "Cli", $"node-{node}.txt"), text);
    }

    [Fact]
    public void Text_NodeWithAHistory_NamesItsUsualPower()
    {
        var fleet = TypicalFleet.Snapshot();

        Assert.Contains("14.1 W at rest, 57.6 W at peak", NodeView.Text(ApiMap.Detail(fleet.Find(Sample.Node("um890"))!, null, fleet.At), TerminalStyle.Plain), StringComparison.Ordinal);
        Assert.DoesNotContain("at rest", NodeView.Text(ApiMap.Detail(fleet.Find(Sample.Node("rk1-1"))!, null, fleet.At), TerminalStyle.Plain), StringComparison.Ordinal);
    }
}

using Homelab.Aggregator.Api;
using Homelab.Aggregator.Cli;
using Homelab.Aggregator.Tests.Fakes;

namespace Homelab.Aggregator.Tests.Cli;

public sealed class BudgetViewTests
{
    [Fact]
    public void State_TypicalFleet_MatchesTheGolden()
    {
        var text = BudgetView.State(State(), TerminalStyle.Plain, TimeZoneInfo.Utc);

        Assert.Equal(Repository.Golden(text, "tests", "Aggregator.Tests", "Cli", "typical-budget.txt"), text);
    }

    [Fact]
    public void History_Decisions_AreALineEach()
    {
        var text = BudgetView.History(ControlMap.Decisions(TypicalControl.Noon, TypicalControl.View().Recent), TimeZoneInfo.Utc);

        Assert.Equal("11-21 12:00:00  fleet  budget  100.0 → 80.0 W  schedule 'peak'\n11-21 12:00:00  um890  cut     61.5 → 48.5 W   fleet at 73.8 W of 80 W\n", text);
    }

    [Fact]
    public void History_Nothing_SaysSo() =>
        Assert.Equal("Nothing was decided in that time.\n", BudgetView.History(ControlMap.Decisions(TypicalControl.Noon, []), TimeZoneInfo.Utc));

    [Fact]
    public void Text_CutNode_SaysWhatItMayAndWhatItWants()
    {
        var history = ControlMap.Decisions(TypicalControl.Noon, TypicalControl.View().Recent.Skip(1));

        Assert.Equal(
            "um890 may draw 48.5 W and is held to 48.4 W; it wants 65.0 W. the budget is shared by demand; 61.5 → 48.5 W\n\n11-21 12:00:00  cut 61.5 → 48.5 W: fleet at 73.8 W of 80 W\n",
            WhyView.Text("um890", State().Nodes.Single(node => node.Name == "um890"), history, TimeZoneInfo.Utc));
    }

    [Theory]
    [InlineData("rk1-1", "rk1-1 is not held: its agent does not enforce. its agent does not enforce\n")]
    [InlineData("pi4", "pi4 may draw 7.0 W, silent: 7.0 W are reserved for it. silent since 11:58; its watts stay reserved\n")]
    [InlineData("nobody", "nobody is not known to the control loop.\n")]
    public void Text_OtherNodes_AreSentences(string node, string expected) =>
        Assert.Equal(expected, WhyView.Text(node, State().Nodes.FirstOrDefault(each => each.Name == node), ControlMap.Decisions(TypicalControl.Noon, []), TimeZoneInfo.Utc));

    private static BudgetStateDocument State() => ControlMap.Budget(TypicalControl.Snapshot(), TypicalControl.View());
}

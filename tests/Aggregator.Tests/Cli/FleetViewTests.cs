using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Api;
using Homelab.Aggregator.Cli;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Tests.Fakes;

namespace Homelab.Aggregator.Tests.Cli;

public sealed class FleetViewTests
{
    [Fact]
    public void Status_TypicalFleet_MatchesTheGolden()
    {
        var text = FleetView.Status(ApiMap.Fleet(TypicalFleet.Snapshot(), ControlMode.Observe), TerminalStyle.Plain);

        Assert.Equal(Repository.Golden(text, "tests", "Aggregator.Tests", "Cli", "typical-fleet.txt"), text);
    }

    [Fact]
    public void Status_WithColour_SaysTheSameWords()
    {
        var fleet = ApiMap.Fleet(TypicalFleet.Snapshot(), ControlMode.Observe);

        var painted = FleetView.Status(fleet, new TerminalStyle(true));

        Assert.Contains("\u001b[", painted, StringComparison.Ordinal);
        Assert.Equal(FleetView.Status(fleet, TerminalStyle.Plain), System.Text.RegularExpressions.Regex.Replace(painted, "\u001b\\[[0-9]+m", ""));
    }

    [Fact]
    public void Status_EmptyFleet_ShowsDashesAndWhatToDo()
    {
        var fleet = ApiMap.Fleet(new FleetRoster(Sample.Rules, EnergyLedger.Empty).Publish(default), ControlMode.Observe);

        var text = FleetView.Status(fleet, TerminalStyle.Plain);

        Assert.Contains("Fleet  – of 100 W", text, StringComparison.Ordinal);
        Assert.Contains("homelab-agent run", text, StringComparison.Ordinal);
        Assert.Contains("Energy –", text, StringComparison.Ordinal);
        Assert.DoesNotContain("0.0 W", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "hub-1", "", "Leads, term 3")]
    [InlineData(false, "hub-0", "", "Stands by: hub-0 leads, and has the nodes")]
    [InlineData(false, "", "no route to host", "Stands by: none leads at the moment (no route to host)")]
    public void Status_OneOfTwoReplicas_SaysWhoLeads(bool leads, string leader, string trouble, string line)
    {
        var fleet = ApiMap.Fleet(TypicalControl.Snapshot(), ControlMode.Observe);

        Assert.DoesNotContain("eads", FleetView.Status(fleet, TerminalStyle.Plain), StringComparison.Ordinal);
        Assert.Contains("\n" + line + "\n", FleetView.Status(fleet with { Control = fleet.Control! with { Leader = new LeaderDocument(leads, "hub-1", leader, leads ? 3 : 0, trouble) } }, TerminalStyle.Plain), StringComparison.Ordinal);
    }

    [Fact]
    public void Nodes_OfSeveralClusters_HaveAColumnForIt()
    {
        var nodes = ApiMap.Fleet(TypicalFleet.Snapshot(), ControlMode.Observe).Nodes;
        string Header(params string?[] clusters) => FleetView.Nodes([.. nodes.Zip(clusters, (node, cluster) => node with { Cluster = cluster })], TerminalStyle.Plain).Split('\n')[0];

        Assert.EndsWith("STATE", Header("home", null, "home"), StringComparison.Ordinal);
        Assert.EndsWith("CLUSTER", Header("home", null, "lab").TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void Line_TypicalFleet_IsOneLine() => Assert.Equal(
        "2026-11-21T10:00:01.000Z 73.8 W of 100 W ok pi4=– rk1-1=12.3W um890=61.5W",
        FleetView.Line(ApiMap.Fleet(TypicalFleet.Snapshot(), ControlMode.Observe)));
}

using System.Buffers;
using System.Text;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Prometheus;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Prometheus;

public sealed class FleetExpositionTests
{
    private static readonly ProcessFacts Process =
        new("0.1.0", "a1b2c3d", ".NET 10.0.0", TimeSpan.FromSeconds(1.5), 60_000_000, DateTimeOffset.UnixEpoch.AddSeconds(1_790_000_000), 42) { StateBytes = 12_288 };

    [Theory]
    [InlineData("Text", "typical-fleet.prom")]
    [InlineData("OpenMetrics", "typical-fleet.openmetrics")]
    public void Write_TypicalFleet_MatchesTheGolden(string format, string golden)
    {
        var text = Write(TypicalControl.Snapshot(), Enum.Parse<ExpositionFormat>(format));

        Assert.Equal(Repository.Golden(text, "tests", "Aggregator.Tests", "Prometheus", "Golden", golden), text);
    }

    [Fact]
    public void Write_TypicalFleet_PromtoolHasNoComplaint()
    {
        var text = Write(TypicalControl.Snapshot(), ExpositionFormat.Text);

        Assert.Equal("", Promtool.CheckMetrics(text));
        // The check itself must be able to fail.
        Assert.NotEqual("", Promtool.CheckMetrics(text.Replace("# HELP homelab_fleet_power_watts", "# OTHER", StringComparison.Ordinal)));
    }

    [Fact]
    public void Write_NodeOfSixteenThreads_HasAtMost150Series()
    {
        var text = Write(TypicalControl.Snapshot(), ExpositionFormat.Text);

        var series = text.Split('\n').Count(line => line.Contains("node=\"um890\"", StringComparison.Ordinal));

        Assert.InRange(series, 60, 150);
    }

    [Fact]
    public void Write_NodeThatSplitsItsEnergy_NamesPodsByNamespaceAndUid()
    {
        var fleet = TypicalFleet.Snapshot();
        var node = fleet.Nodes[0];
        var split = new NodeSplit(Energy.FromJoules(1), Energy.FromJoules(2), Energy.FromJoules(3), Energy.Zero,
            [new PodShare("eab5a334-93fe-48a8-b139-9e8079c1f163", "media", "jellyfin-0", Energy.FromJoules(4)), new PodShare("99f3a16ea25b", "", "", Energy.FromJoules(5))]);

        var text = Write(fleet with { Nodes = [node with { Split = split }] }, ExpositionFormat.Text);

        var family = $"homelab_pod_energy_joules_total{{node=\"{node.Name.Value}\",";
        Assert.Contains(family + "namespace=\"media\",pod=\"jellyfin-0\",uid=\"eab5a334-93fe-48a8-b139-9e8079c1f163\"} 4\n", text, StringComparison.Ordinal);
        Assert.Contains(family + "namespace=\"\",pod=\"99f3a16ea25b\",uid=\"99f3a16ea25b\"} 5\n", text, StringComparison.Ordinal);
        Assert.Contains(family + "namespace=\"\",pod=\"idle\",uid=\"\"} 1\n", text, StringComparison.Ordinal);
        Assert.Equal("", Promtool.CheckMetrics(text));
    }

    [Fact]
    public void Write_EveryNode_SumsToTheFleet()
    {
        var text = Write(TypicalFleet.Snapshot(), ExpositionFormat.Text);

        Assert.Equal(Value(text, "homelab_fleet_power_watts"), Value(text, "homelab_node_power_watts{node=\"um890\"}") + Value(text, "homelab_node_power_watts{node=\"rk1-1\"}"), 9);
        Assert.Equal(Value(text, "homelab_fleet_energy_joules_total"), TypicalFleet.Nodes.Sum(node => Value(text, $"homelab_node_energy_joules_total{{node=\"{node}\"}}")), 9);
    }

    [Fact]
    public void Write_NodesOfOneMachine_SumToTheFleetOnce()
    {
        var typical = TypicalFleet.Snapshot();
        var host = new SharedHost("nas", Sample.Node("um890"));
        var text = Write(typical with { Nodes = [.. typical.Nodes.Select(node => node.Name.Value == "pi4" ? node : node with { SharedHost = host })] }, ExpositionFormat.Text);

        Assert.Equal(Value(text, "homelab_fleet_power_watts"), Value(text, "homelab_node_power_watts{node=\"um890\"}"), 9);
        Assert.Equal(1, Value(text, "homelab_node_shared_host_info{node=\"um890\",host=\"nas\",counted=\"true\"}"));
        Assert.Equal(1, Value(text, "homelab_node_shared_host_info{node=\"rk1-1\",host=\"nas\",counted=\"false\"}"));
    }

    [Fact]
    public void Write_NodeDown_KeepsItsEnergyAndLosesItsPower()
    {
        var text = Write(TypicalFleet.Snapshot(), ExpositionFormat.Text);

        Assert.Contains("homelab_node_energy_joules_total{node=\"pi4\"} 4321\n", text, StringComparison.Ordinal);
        Assert.Contains("homelab_agent_up{node=\"pi4\"} 0\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("homelab_node_power_watts{node=\"pi4\"}", text, StringComparison.Ordinal);
        Assert.DoesNotContain("homelab_node_info{node=\"pi4\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_EmptyFleet_HasNoPowerRatherThanZero()
    {
        var empty = new FleetRoster(Sample.Rules, EnergyLedger.Empty).Publish(default);

        var text = Write(empty, ExpositionFormat.Text);

        Assert.DoesNotContain("homelab_fleet_power_watts", text, StringComparison.Ordinal);
        Assert.DoesNotContain("homelab_fleet_power_headroom_watts", text, StringComparison.Ordinal);
        Assert.DoesNotContain("homelab_fleet_energy_joules_total", text, StringComparison.Ordinal);
        Assert.Contains("homelab_fleet_power_budget_watts 100\n", text, StringComparison.Ordinal);
        Assert.Contains("homelab_fleet_state{state=\"unknown\"} 1\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_StorageFailed_SaysSo()
    {
        var failed = TypicalFleet.Snapshot() with { StorageFailure = "full" };

        Assert.Contains("homelab_aggregator_storage_success 0\n", Write(failed, ExpositionFormat.Text), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_OpenMetrics_EndsWithEofAndEveryFamilyIsWhole()
    {
        var lines = Write(TypicalFleet.Snapshot(), ExpositionFormat.OpenMetrics).TrimEnd('\n').Split('\n');

        Assert.Equal("# EOF", lines[^1]);
        var families = lines.Where(line => line.StartsWith("# TYPE", StringComparison.Ordinal)).Select(line => line.Split(' ')[2]).ToArray();
        Assert.Equal(families.Distinct(), families);
        Assert.All(lines.Where(line => line.StartsWith("# UNIT", StringComparison.Ordinal)), line => Assert.EndsWith("_" + line.Split(' ')[3], line.Split(' ')[2], StringComparison.Ordinal));
    }

    [Fact]
    public void Write_OverBudgetFleet_HasNegativeHeadroom()
    {
        var roster = new FleetRoster(Sample.Rules with { Budget = new BudgetPolicy(Power.FromWatts(30)) }, EnergyLedger.Empty);
        roster.Apply(new NodeGreeted(new StreamNumber(1), Sample.Identity(), default));
        roster.Apply(new NodeReported(new StreamNumber(1), Sample.Node(), Sample.Report(40), default));

        var text = Write(roster.Publish(default), ExpositionFormat.Text);

        Assert.Contains("homelab_fleet_power_headroom_watts -10\n", text, StringComparison.Ordinal);
        Assert.Contains("homelab_fleet_state{state=\"critical\"} 1\n", text, StringComparison.Ordinal);
    }

    private static string Write(FleetSnapshot fleet, ExpositionFormat format)
    {
        var output = new ArrayBufferWriter<byte>();
        FleetExposition.Write(new ExpositionWriter(output, format), fleet, Process);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static double Value(string text, string series)
    {
        var line = text.Split('\n').Single(each => each.StartsWith(series + " ", StringComparison.Ordinal));
        return double.Parse(line[(series.Length + 1)..], System.Globalization.CultureInfo.InvariantCulture);
    }
}

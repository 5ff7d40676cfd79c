using System.Collections.Immutable;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Kubernetes;
using Homelab.Aggregator.Labels;
using Homelab.Aggregator.Orders;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Fleet;

public sealed class NodeSnapshotTests
{
    private static readonly NodeKey Key = new("home", "um890");

    /// <summary>From what the agent reads in the recorded tree to what the Node object carries.</summary>
    [Theory]
    [InlineData("laptop-battery", true, "battery", true)]
    [InlineData("pi5-ups-hat", false, "mains", false)] // Its UPS is charging.
    [InlineData("n100", null, null, false)] // It has nothing that tells.
    public void IsOnBattery_RecordedTree_IsTheLabelAndTheTaint(string tree, bool? isOnBattery, string? label, bool isTainted)
    {
        var node = RecordedNode.Snapshot(RecordedNode.Tree(tree)).Nodes.Single();

        Assert.Equal(isOnBattery, node.IsOnBattery);
        var sight = Labelled(node);
        Assert.Equal(label, sight.Labels.GetValueOrDefault("power.homelab/supply"));
        Assert.Equal(isTainted, sight.Taints.Contains(new NodeTaint("power.homelab/on-battery", "", TaintEffect.PreferNoSchedule)));
    }

    [Fact]
    public void IsOnBattery_LaptopFullOnItsAdapter_IsMains()
    {
        var sensors = RecordedNode.Tree("laptop-battery").Select(each => each.Sensor.Name == "on_battery" ? (each.Sensor, new SensorReading(Quality.Ok, 0, "")) : each).ToArray();

        Assert.Equal("mains", Labelled(RecordedNode.Snapshot(sensors).Nodes.Single()).Labels["power.homelab/supply"]);
    }

    /// <summary>What the Node object carries after a minute and a half of the same word; a second node is there because the last that takes pods is never tainted.</summary>
    private static NodeSight Labelled(NodeSnapshot node)
    {
        var book = new LabelBook(LabelPolicy.Default);
        var sight = new NodeSight { Key = Key, Architecture = "amd64" };
        for (var second = 1; second <= 200; second++)
        {
            var at = new Moment(TypicalControl.Noon + TimeSpan.FromSeconds(second), TimeSpan.FromSeconds(second));
            var view = TypicalControl.View() with { Orders = StandingOrders.None };
            var fleet = TypicalFleet.Snapshot() with { At = at, Nodes = [node], Control = view with { State = view.State with { Mode = ControlMode.Label } } };
            var facts = FactsMap.Nodes(fleet, ImmutableHashSet<NodeName>.Empty, at)[node.Name];
            NodePair[] pairs = [new(sight, facts), new(new NodeSight { Key = new NodeKey("home", "zz"), Architecture = "amd64" }, null)];
            foreach (var change in book.Decide(FactsMap.Fleet(fleet, null), pairs, new LabelMoment(at.Monotonic, at.Wall)).Changes.Where(change => change.Key == Key))
            {
                sight = sight with
                {
                    Labels = change.IsMetadataChanged ? change.Labels : sight.Labels,
                    Annotations = change.IsMetadataChanged ? change.Annotations : sight.Annotations,
                    Taints = [.. sight.Taints, .. change.Taints.Where(taint => taint.To is not null).Select(taint => taint.To!.Value)],
                };
            }
        }
        return sight;
    }
}

using System.Text.Json;
using Homelab.Aggregator.KubeApi;
using Homelab.Aggregator.Labels;

namespace Homelab.Aggregator.Kubernetes.Tests;

public sealed class SightMapTests
{
    [Fact]
    public void Sight_Node_KeepsOurPrefixAllTaintsAndTheRole()
    {
        var node = Node("""
            {"metadata":{"name":"cp","labels":{"kubernetes.io/arch":"arm64","node-role.kubernetes.io/control-plane":"","power.homelab/state":"ok","power.homelabs/state":"x"}},
             "spec":{"unschedulable":true,"providerID":"kind://a","taints":[{"key":"a","effect":"NoExecute"},{"key":"b","value":"1","effect":"Odd"}]},
             "status":{"addresses":[{"type":"InternalIP","address":"10.0.0.7"},{"type":"Hostname","address":"cp"}],"nodeInfo":{"machineID":"m","systemUUID":"s"}}}
            """);
        var sight = SightMap.Sight("home", node, LabelPrefix.Default);
        Assert.Equal(("home/cp", "arm64", true, true), (sight.Key.ToString(), sight.Architecture, sight.IsUnschedulable, sight.IsControlPlane));
        Assert.Equal(["power.homelab/state"], sight.Labels.Keys);
        Assert.Equal([new NodeTaint("a", "", TaintEffect.NoExecute), new NodeTaint("b", "1", TaintEffect.Other)], sight.Taints.AsEnumerable());
        var marks = SightMap.Marks("home", node);
        Assert.Equal(("kind://a", "s", "m"), (marks.ProviderId, marks.SystemUuid, marks.MachineId));
        Assert.Equal(["10.0.0.7"], marks.Addresses.AsEnumerable());
    }

    [Theory]
    [InlineData("40", 40L)]
    [InlineData("1k", 1000L)]
    [InlineData("3M", 3_000_000L)]
    [InlineData("40m", 0L)]
    [InlineData("", 0L)]
    public void Sight_Capacity_IsReadAsTheServerWritesIt(string quantity, long watts) =>
        Assert.Equal(watts, SightMap.Sight("home", Node("""{"metadata":{"name":"a"},"status":{"capacity":{"power.homelab/watts":"QUANTITY"}}}""".Replace("QUANTITY", quantity, StringComparison.Ordinal)), LabelPrefix.Default).WattsCapacity);

    private static KubeNode Node(string json) => KubeNode.Read(JsonElement.Parse(json))!;
}

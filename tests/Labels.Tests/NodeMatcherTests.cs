using Homelab.Units;

namespace Homelab.Aggregator.Labels.Tests;

public sealed class NodeMatcherTests
{
    [Theory]
    [InlineData("pod", "PodNode")]
    [InlineData("provider", "ProviderId")]
    [InlineData("uuid", "SystemUuid")]
    [InlineData("machine", "MachineId")]
    [InlineData("address", "Address")]
    [InlineData("name", "Name")]
    public void Match_OneThingInCommon_IsEnough(string common, string evidence)
    {
        var node = new NodeMarks(new NodeKey("home", "k1"), "talos://1", "4C4C-UUID", "abc", ["127.0.0.1", "10.0.0.5", "k1"]);
        var agent = Agent(common == "name" ? "k1" : "host-one") with
        {
            PodNode = common == "pod" ? "k1" : "",
            ProviderId = common == "provider" ? "talos://1" : "",
            SystemUuid = common == "uuid" ? "4c4c-uuid\n" : "",
            MachineId = common == "machine" ? "abc" : "",
            Addresses = common == "address" ? ["10.0.0.5"] : ["127.0.0.1"],
        };
        var match = One([Agent("host-two") with { Addresses = ["127.0.0.1"] }, agent], [node]);
        Assert.Equal(new NodeMatch(node.Key, agent.Name, Enum.Parse<MatchEvidence>(evidence), ""), match);
    }

    [Fact]
    public void Match_NothingInCommon_IsNone() => Assert.Equal(
        new NodeMatch(new NodeKey("home", "k1"), null, MatchEvidence.None, ""),
        One([Agent("a") with { SystemUuid = "03000200-0400-0500-0006-000700080009" }], [Node("k1") with { SystemUuid = "03000200-0400-0500-0006-000700080009" }]));

    [Fact]
    public void Match_ConfigAgainstAllElse_ConfigWins()
    {
        var match = NodeMatcher.Match(
            [Agent("a") with { PodNode = "k1" }], [Node("k1")], [new MatchRule(new NodeKey("home", "k1"), NodeName.Parse("b"))]).Single();
        Assert.Equal((NodeName.Parse("b"), MatchEvidence.Config), (match.Agent!.Value, match.Evidence));
    }

    [Fact]
    public void Match_TwoAgentsFitAlike_ErrorNamesBothAndTheFix()
    {
        var match = One([Agent("a") with { Addresses = ["10.0.0.5"] }, Agent("b") with { Addresses = ["10.0.0.5"] }], [Node("k1") with { Addresses = ["10.0.0.5"] }]);
        Assert.Null(match.Agent);
        Assert.Equal("node 'home/k1': agents 'a' and 'b' fit equally by address; name the agent of the node in the configuration (kubernetes.nodes)", match.Error);
    }

    [Fact]
    public void Match_ConfigNamesTwo_IsAnError() => Assert.Contains("'a' and 'b'", NodeMatcher.Match([], [Node("k1")],
        [new(new NodeKey("home", "k1"), NodeName.Parse("b")), new(new NodeKey("home", "k1"), NodeName.Parse("a"))]).Single().Error, StringComparison.Ordinal);

    [Fact]
    public void Match_ClonedMachineIds_AddressesDecide()
    {
        var agents = new[] { Agent("a") with { MachineId = "same", Addresses = ["10.0.0.1"] }, Agent("b") with { MachineId = "same", Addresses = ["10.0.0.2"] } };
        var nodes = new[] { Node("k1") with { MachineId = "same", Addresses = ["10.0.0.1"] }, Node("k2") with { MachineId = "same", Addresses = ["10.0.0.2"] } };
        Assert.Equal(["a", "b"], NodeMatcher.Match(agents, nodes, []).Select(match => match.Agent?.Value));
    }

    [Fact]
    public void Match_CloneWithoutAgent_DoesNotBorrowTheOthers()
    {
        var nodes = new[] { Node("k1") with { MachineId = "same", Addresses = ["10.0.0.1"] }, Node("k2") with { MachineId = "same", Addresses = ["10.0.0.2"] } };
        var matches = NodeMatcher.Match([Agent("a") with { MachineId = "same", Addresses = ["10.0.0.2"] }], nodes, []);
        Assert.Equal([null, "a"], matches.Select(match => match.Agent?.Value));
        Assert.All(matches, match => Assert.Empty(match.Error));
    }

    [Fact]
    public void Match_AgentFitsTwoClustersByName_ErrorNamesBoth()
    {
        var matches = NodeMatcher.Match([Agent("k1")], [Node("k1"), Node("k1", "remote")], []);
        Assert.All(matches, match => Assert.Null(match.Agent));
        Assert.All(matches, match => Assert.Contains("nodes 'home/k1' and 'remote/k1' to agent 'k1'", match.Error, StringComparison.Ordinal));
        var told = NodeMatcher.Match([Agent("k1") with { PodNode = "k1", PodCluster = "remote" }], [Node("k1"), Node("k1", "remote")], []);
        Assert.Equal([null, "k1"], told.Select(match => match.Agent?.Value));
    }

    [Fact]
    public void Match_KindNodesOfOneMachine_AllFindItsAgent()
    {
        var nodes = new[] { Node("kind-a") with { SystemUuid = "u", Addresses = ["172.18.0.2"] }, Node("kind-b") with { SystemUuid = "u", Addresses = ["172.18.0.3"] } };
        Assert.Equal(["host", "host"], NodeMatcher.Match([Agent("host") with { SystemUuid = "U" }], nodes, []).Select(match => match.Agent?.Value));
    }

    private static NodeMatch One(AgentMarks[] agents, NodeMarks[] nodes) => NodeMatcher.Match(agents, nodes, []).Single();

    private static AgentMarks Agent(string name) => new(NodeName.Parse(name), "", "", "", "", "", []);

    private static NodeMarks Node(string name, string cluster = "home") => new(new NodeKey(cluster, name), "", "", "", []);
}

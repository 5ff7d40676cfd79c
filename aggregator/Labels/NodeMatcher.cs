using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Labels;

/// <summary>What tells that an agent and a Kubernetes node are one machine; strongest first.</summary>
internal enum MatchEvidence
{
    None = 0,

    /// <summary>The operator said so.</summary>
    Config = 1,

    /// <summary>The agent's pod was told its node's name (downward API).</summary>
    PodNode = 2,
    ProviderId = 3,
    SystemUuid = 4,
    MachineId = 5,
    Address = 6,

    /// <summary>The agent's own name for its node is the Kubernetes name.</summary>
    Name = 7,
}

/// <summary>How an agent identifies its machine. Empty is unknown.</summary>
/// <param name="PodNode">Kubernetes node name by the downward API.</param>
/// <param name="PodCluster">Cluster of that name, where the agent can say; empty fits any.</param>
internal sealed record AgentMarks(
    NodeName Name, string PodNode, string PodCluster, string ProviderId, string SystemUuid, string MachineId, ImmutableArray<string> Addresses);

/// <summary>How a Node object identifies its machine: <c>spec.providerID</c>, <c>status.nodeInfo</c>, <c>status.addresses</c>. Empty is unknown.</summary>
internal sealed record NodeMarks(NodeKey Key, string ProviderId, string SystemUuid, string MachineId, ImmutableArray<string> Addresses);

/// <summary>The operator's word: this node is that agent's.</summary>
internal readonly record struct MatchRule(NodeKey Node, NodeName Agent);

/// <param name="Agent">Null when none fits, or more than one.</param>
/// <param name="Error">Names the candidates and the fix; empty when there is no doubt.</param>
internal sealed record NodeMatch(NodeKey Node, NodeName? Agent, MatchEvidence Evidence, string Error);

/// <summary>Finds each Kubernetes node's agent. The strongest evidence counts; where several fit by it, weaker evidence decides between them; where that does
/// not help either, nobody is taken and the error names all.</summary>
/// <remarks>One agent may have several nodes by config or by system UUID (nodes in containers see their machine's); by other evidence only one in all clusters.</remarks>
internal static class NodeMatcher
{
    private static readonly MatchEvidence[] Ladder =
        [MatchEvidence.PodNode, MatchEvidence.ProviderId, MatchEvidence.SystemUuid, MatchEvidence.MachineId, MatchEvidence.Address, MatchEvidence.Name];

    public static ImmutableArray<NodeMatch> Match(
        IReadOnlyList<AgentMarks> agents, IReadOnlyList<NodeMarks> nodes, IReadOnlyList<MatchRule> rules)
    {
        var index = new MatchIndex(agents);
        var found = nodes.Select(node => ByRule(node, rules) ?? ByEvidence(node, index)).ToArray();
        return [.. found.Select((match, i) => Contested(match, nodes[i], found, nodes, index))];
    }

    private static NodeMatch? ByRule(NodeMarks node, IReadOnlyList<MatchRule> rules)
    {
        var named = rules.Where(rule => rule.Node == node.Key).Select(rule => rule.Agent).Distinct().Order().ToArray();
        return named.Length switch
        {
            0 => null,
            1 => new NodeMatch(node.Key, named[0], MatchEvidence.Config, ""),
            _ => Ambiguous(node.Key, MatchEvidence.Config, $"agents {Names(named)}"),
        };
    }

    private static NodeMatch ByEvidence(NodeMarks node, MatchIndex index)
    {
        IReadOnlyList<AgentMarks> candidates = [];
        var strongest = MatchEvidence.None;
        foreach (var evidence in Ladder)
        {
            var fitting = index.Fitting(node, evidence);
            var next = candidates.Count == 0 ? fitting : [.. candidates.Intersect(fitting)];
            if (next.Count == 0)
                continue;
            strongest = strongest == MatchEvidence.None ? evidence : strongest;
            candidates = next;
            if (candidates.Count == 1)
                return new NodeMatch(node.Key, candidates[0].Name, strongest, "");
        }
        return candidates.Count == 0
            ? new NodeMatch(node.Key, null, MatchEvidence.None, "")
            : Ambiguous(node.Key, strongest, $"agents {Names(candidates.Select(agent => agent.Name).Order())}");
    }

    /// <summary>An agent that fits several nodes is the one's it fits best.</summary>
    private static NodeMatch Contested(
        NodeMatch match, NodeMarks node, NodeMatch[] all, IReadOnlyList<NodeMarks> nodes, MatchIndex index)
    {
        if (match.Agent is not { } agent || match.Evidence is MatchEvidence.Config or MatchEvidence.SystemUuid)
            return match;
        var identity = index.Of(agent);
        var rank = index.Rank(identity, node, match.Evidence);
        var equals = new List<NodeKey> { match.Node };
        for (var i = 0; i < all.Length; i++)
        {
            if (all[i].Node == match.Node || all[i].Agent != agent)
                continue;
            var order = index.Rank(identity, nodes[i], all[i].Evidence).CompareTo(rank);
            if (order < 0)
                return new NodeMatch(match.Node, null, MatchEvidence.None, "");
            if (order == 0)
                equals.Add(all[i].Node);
        }
        return equals.Count == 1 ? match : Ambiguous(match.Node, match.Evidence, $"nodes {Names(equals.Order())} to agent '{agent}'");
    }

    private static NodeMatch Ambiguous(NodeKey node, MatchEvidence evidence, string fit) => new(
        node, null, evidence, $"node '{node}': {fit} fit equally by {evidence.Word()}; name the agent of the node in the configuration (kubernetes.nodes)");

    private static string Names<T>(IEnumerable<T> names) => string.Join(" and ", names.Select(name => $"'{name}'"));
}

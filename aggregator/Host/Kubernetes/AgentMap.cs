using System.Collections.Immutable;
using System.Net;
using Homelab.Aggregator.Configuration;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Labels;

namespace Homelab.Aggregator.Kubernetes;

/// <summary>How agents identify their machines. The one place where a further mark of an agent is added. Pure.</summary>
internal static class AgentMap
{
    /// <summary>What an agent has not said stays empty and matches nothing.</summary>
    /// <param name="nodes">Names of all Kubernetes nodes.</param>
    public static AgentMarks Marks(NodeSnapshot node, IReadOnlySet<string> nodes) => new(
        node.Name, PodNode: "", PodCluster: "", ProviderId: "", SystemUuid: "", MachineId: "", Addresses: nodes.Contains(node.Name.Value) ? [] : Addresses(node));

    /// <summary>Rules without a cluster stand for every cluster's node of that name.</summary>
    public static IReadOnlyList<MatchRule> Rules(ImmutableArray<KubernetesNodeRule> rules, IEnumerable<NodeMarks> nodes)
    {
        if (rules.IsEmpty)
            return [];
        return
        [
            .. from node in nodes
               from rule in rules
               where rule.Node == node.Key.Name && (rule.Cluster.Length == 0 || rule.Cluster == node.Key.Cluster)
               select new MatchRule(node.Key, rule.Agent),
        ];
    }

    /// <summary>The address that its stream comes from, which may be a gateway's: of no weight for an agent that is named like a node.</summary>
    private static ImmutableArray<string> Addresses(NodeSnapshot node) =>
        node.Identity is { Peer: { Length: > 0 } peer } && IPEndPoint.TryParse(peer, out var end)
            ? [(end.Address.IsIPv4MappedToIPv6 ? end.Address.MapToIPv4() : end.Address).ToString()]
            : [];
}

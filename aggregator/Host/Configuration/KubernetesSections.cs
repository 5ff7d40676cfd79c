using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Configuration;

/// <summary>Reads <c>kubernetes.nodes</c>: agent → its Kubernetes node, as <c>node</c> or <c>cluster/node</c>, or a list of them.</summary>
internal static class KubernetesSections
{
    private const string Start = "kubernetes.nodes.";
    private const string Fix = "Write agent: node, agent: cluster/node, or a list of them";

    public static bool Owns(string key) => key.StartsWith(Start, StringComparison.OrdinalIgnoreCase);

    /// <param name="values">All that <see cref="Owns"/> claims.</param>
    public static (ImmutableArray<KubernetesNodeRule> Rules, ImmutableArray<ConfigProblem> Problems) Read(IEnumerable<ConfigValue> values)
    {
        var rules = ImmutableArray.CreateBuilder<KubernetesNodeRule>();
        var problems = ImmutableArray.CreateBuilder<ConfigProblem>();
        var owners = new Dictionary<(string, string), NodeName>();
        foreach (var value in values)
        {
            if (!NodeName.TryParse(value.Key[Start.Length..], out var agent))
            {
                problems.Add(new ConfigProblem(value.Origin, value.Key, $"'{value.Key[Start.Length..]}' is not the name of an agent's node", Fix));
                continue;
            }
            foreach (var text in value.Items)
            {
                if (Parse(agent, text.Trim()) is not { } rule)
                    problems.Add(new ConfigProblem(value.Origin, value.Key, $"'{text}' will not do", Fix));
                else if (!owners.TryAdd((rule.Cluster, rule.Node), agent) && owners[(rule.Cluster, rule.Node)] != agent)
                    problems.Add(new ConfigProblem(value.Origin, value.Key, $"the node '{text}' is given to '{owners[(rule.Cluster, rule.Node)]}' and to '{agent}'", "Name each Kubernetes node once"));
                else
                    rules.Add(rule);
            }
        }
        return (rules.ToImmutable(), problems.ToImmutable());
    }

    private static KubernetesNodeRule? Parse(NodeName agent, string text)
    {
        var cut = text.LastIndexOf('/');
        var (cluster, node) = cut < 0 ? ("", text) : (text[..cut], text[(cut + 1)..]);
        return NodeName.TryParse(node, out _) && (cut < 0 || KubernetesKeys.IsClusterName(cluster)) ? new KubernetesNodeRule(agent, cluster, node) : null;
    }
}

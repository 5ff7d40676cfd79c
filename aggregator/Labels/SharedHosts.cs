using System.Globalization;

namespace Homelab.Aggregator.Labels;

/// <summary>Which Kubernetes nodes are one machine: those of one agent, and those whose agents run on one machine.</summary>
internal sealed class SharedHosts
{
    private readonly Dictionary<string, (string Name, int Nodes)> _hosts = new(StringComparer.Ordinal);

    public SharedHosts(IReadOnlyList<NodePair> nodes)
    {
        foreach (var node in nodes)
        {
            if (node.Facts is not { } facts)
                continue;
            var key = KeyOf(facts);
            _hosts[key] = (facts.Host.Length > 0 ? facts.Host : facts.Agent.Value, _hosts.GetValueOrDefault(key).Nodes + 1);
        }
    }

    /// <summary>How many nodes the machine has; 1 for a node that has it for itself.</summary>
    public int NodesOf(NodeFacts? facts) => facts is null ? 1 : _hosts[KeyOf(facts)].Nodes;

    /// <summary>The label's value; null for a node that has its machine for itself.</summary>
    public string? LabelOf(NodeFacts? facts) =>
        facts is not null && _hosts[KeyOf(facts)] is { Nodes: > 1 } host ? LabelValue.Of(host.Name) : null;

    private static string KeyOf(NodeFacts facts) =>
        facts.Host.Length > 0 ? "host " + facts.Host : string.Create(CultureInfo.InvariantCulture, $"agent {facts.Agent}");
}

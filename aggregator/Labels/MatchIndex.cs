using Homelab.Units;

namespace Homelab.Aggregator.Labels;

/// <summary>Agents by what they have in common with Node objects.</summary>
internal sealed class MatchIndex
{
    /// <summary>What boards and hypervisors say that were never given an identity.</summary>
    private static readonly string[] Placeholders =
        ["03000200-0400-0500-0006-000700080009", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "not settable", "not specified"];

    private readonly Dictionary<(MatchEvidence Evidence, string Value), List<AgentMarks>> _agents = [];
    private readonly Dictionary<NodeName, AgentMarks> _names = [];

    public MatchIndex(IReadOnlyList<AgentMarks> agents)
    {
        foreach (var agent in agents)
        {
            _names[agent.Name] = agent;
            foreach (var (evidence, value) in Values(agent))
            {
                var key = (evidence, value);
                if (!_agents.TryGetValue(key, out var list))
                    _agents[key] = list = [];
                if (!list.Contains(agent))
                    list.Add(agent);
            }
        }
    }

    /// <summary>Null for an agent that only the operator knows so far.</summary>
    public AgentMarks? Of(NodeName name) => _names.GetValueOrDefault(name);

    public IReadOnlyList<AgentMarks> Fitting(NodeMarks node, MatchEvidence evidence)
    {
        var fitting = Values(node, evidence).SelectMany(value => _agents.GetValueOrDefault((evidence, value)) ?? []).Distinct();
        return evidence == MatchEvidence.PodNode
            ? [.. fitting.Where(agent => agent.PodCluster.Length == 0 || agent.PodCluster == node.Key.Cluster)]
            : [.. fitting];
    }

    /// <summary>Lower fits better: by the evidence first, then by all other that agrees.</summary>
    public int Rank(AgentMarks? agent, NodeMarks node, MatchEvidence evidence)
    {
        var agreeing = 0;
        for (var weaker = evidence + 1; agent is not null && weaker <= MatchEvidence.Name; weaker++)
        {
            if (Fitting(node, weaker).Contains(agent))
                agreeing |= 1 << (MatchEvidence.Name - weaker);
        }
        return ((int)evidence << 8) - agreeing;
    }

    private static IEnumerable<(MatchEvidence Evidence, string Value)> Values(AgentMarks agent)
    {
        var values = new List<(MatchEvidence, string)>
        {
            (MatchEvidence.PodNode, agent.PodNode), (MatchEvidence.ProviderId, agent.ProviderId), (MatchEvidence.SystemUuid, Plain(agent.SystemUuid)),
            (MatchEvidence.MachineId, Plain(agent.MachineId)), (MatchEvidence.Name, agent.Name.Value),
        };
        values.AddRange(agent.Addresses.Where(IsReachable).Select(address => (MatchEvidence.Address, Plain(address))));
        return values.Where(value => value.Item2.Length > 0);
    }

    private static IEnumerable<string> Values(NodeMarks node, MatchEvidence evidence)
    {
        IEnumerable<string> values = evidence switch
        {
            MatchEvidence.PodNode or MatchEvidence.Name => [node.Key.Name],
            MatchEvidence.ProviderId => [node.ProviderId],
            MatchEvidence.SystemUuid => [Plain(node.SystemUuid)],
            MatchEvidence.MachineId => [Plain(node.MachineId)],
            _ => node.Addresses.Where(IsReachable).Select(Plain),
        };
        return values.Where(value => value.Length > 0);
    }

    private static string Plain(string value)
    {
        var plain = value.Trim().ToLowerInvariant();
        return Placeholders.Contains(plain) ? "" : plain;
    }

    /// <summary>Loopback and link-local addresses are every machine's.</summary>
    private static bool IsReachable(string address) =>
        !address.StartsWith("127.", StringComparison.Ordinal) && !address.StartsWith("169.254.", StringComparison.Ordinal)
        && !address.StartsWith("fe80:", StringComparison.OrdinalIgnoreCase) && address is not ("::1" or "0.0.0.0" or "::" or "localhost");
}

/// <summary>The words of errors and previews.</summary>
internal static class MatchWords
{
    public static string Word(this MatchEvidence evidence) => evidence switch
    {
        MatchEvidence.Config => "configuration",
        MatchEvidence.PodNode => "node name of the agent's pod",
        MatchEvidence.ProviderId => "provider ID",
        MatchEvidence.SystemUuid => "system UUID",
        MatchEvidence.MachineId => "machine ID",
        MatchEvidence.Address => "address",
        MatchEvidence.Name => "name",
        _ => "nothing",
    };
}

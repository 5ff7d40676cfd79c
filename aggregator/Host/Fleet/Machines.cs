using Homelab.Aggregator.Budgeting;
using Homelab.Units;

namespace Homelab.Aggregator.Fleet;

/// <summary>Which nodes are on which machine, by what they last said of it. Touched by one thread.</summary>
internal sealed class Machines
{
    private readonly Dictionary<NodeName, string> _keys = [];
    private readonly Dictionary<string, SortedSet<NodeName>> _nodes = new(StringComparer.Ordinal);

    /// <summary>Those with more than one node.</summary>
    public IEnumerable<SortedSet<NodeName>> Shared => _nodes.Values.Where(nodes => nodes.Count > 1);

    /// <param name="key">As of <see cref="HostRoll.Key"/>; empty when unknown.</param>
    public void Put(NodeName node, string key)
    {
        if (_keys.Remove(node, out var old) && _nodes[old].Remove(node) && _nodes[old].Count == 0)
            _nodes.Remove(old);
        if (key.Length == 0)
            return;
        _keys[node] = key;
        if (!_nodes.TryGetValue(key, out var nodes))
            _nodes[key] = nodes = [];
        nodes.Add(node);
    }

    /// <summary>Empty when unknown.</summary>
    public string KeyOf(NodeName node) => _keys.GetValueOrDefault(node, "");

    /// <summary>The nodes of its machine, itself among them; null when its machine is not known.</summary>
    public SortedSet<NodeName>? Of(NodeName node) => _nodes.GetValueOrDefault(KeyOf(node));

    /// <summary>What people call the machine of a node that shares it: the operator's name, else the first of its nodes.</summary>
    public string NameOf(NodeName node) => HostRoll.NameIn(KeyOf(node)) is { Length: > 0 } name ? name : Of(node)?.Min.Value ?? "";
}

using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>The budget groups and their nodes, laid out so that the nodes of every group, its own groups' included, are one run of slots.</summary>
internal sealed class BudgetTree
{
    private readonly Dictionary<NodeName, int> _slotOf = [];
    private readonly List<BudgetGroup> _groups = [];
    private readonly List<int> _parents = [];
    private readonly List<int> _first = [];
    private readonly List<int> _ends = [];
    private readonly List<long> _unmanaged = [];
    private readonly List<NodeName> _nodes = [];
    private readonly List<int> _groupOf = [];
    private readonly HashSet<NodeName> _unlisted;
    private readonly List<bool> _mayBelongElsewhere = [];

    private BudgetTree(BudgetGroup root, IReadOnlyCollection<NodeName> nodes)
    {
        // A name that two groups claim belongs to the first of them; one that none claims, to the root.
        var free = new SortedSet<NodeName>(nodes);
        var owned = new Dictionary<BudgetGroup, List<NodeName>>(ReferenceEqualityComparer.Instance);
        Claim(root, free, owned);
        owned[root].AddRange(free);
        owned[root].Sort();
        _unlisted = ClusterGroups.IsUnseenIn(root) ? [.. free] : [];
        Lay(root, -1, owned, isOpen: false);
    }

    public int GroupCount => _groups.Count;

    public int NodeCount => _nodes.Count;

    /// <summary>A parent comes before its groups; the first is the fleet.</summary>
    public IReadOnlyList<BudgetGroup> Groups => _groups;

    /// <summary>Per slot.</summary>
    public IReadOnlyList<NodeName> Nodes => _nodes;

    public static BudgetTree Of(BudgetGroup root, IReadOnlyCollection<NodeName> nodes) => new(root, nodes);

    /// <summary>-1 for the fleet.</summary>
    public int ParentOf(int group) => _parents[group];

    /// <summary>The innermost group of a slot.</summary>
    public int GroupOf(int slot) => _groupOf[slot];

    /// <summary>While a cluster was not looked into, its group may be fuller than it seems: neither its nodes nor those around them, nor the ones that may
    /// turn out to be its own, can be given more.</summary>
    public bool IsInDoubt(int slot) => _mayBelongElsewhere[slot];

    public int SlotOf(NodeName node) => _slotOf.GetValueOrDefault(node, -1);

    /// <summary>First slot of a group, and the one after its last.</summary>
    public (int First, int End) SlotsOf(int group) => (_first[group], _ends[group]);

    /// <summary>Unreported draw of a group with all that is in it.</summary>
    public Power UnmanagedOf(int group) => new(_unmanaged[group]);

    private static void Claim(BudgetGroup group, SortedSet<NodeName> free, Dictionary<BudgetGroup, List<NodeName>> owned)
    {
        var members = new List<NodeName>();
        foreach (var member in group.Members)
        {
            if (free.Remove(member))
                members.Add(member);
        }
        members.Sort();
        owned[group] = members;
        foreach (var child in group.Groups)
            Claim(child, free, owned);
    }

    private long Lay(BudgetGroup group, int parent, Dictionary<BudgetGroup, List<NodeName>> owned, bool isOpen)
    {
        // The fleet itself counts every node, wherever in it that is.
        isOpen |= parent >= 0 && ClusterGroups.IsUnseenIn(group);
        var index = _groups.Count;
        _groups.Add(group);
        _parents.Add(parent);
        _first.Add(_nodes.Count);
        _ends.Add(0);
        _unmanaged.Add(0);
        foreach (var node in owned[group])
        {
            _slotOf[node] = _nodes.Count;
            _nodes.Add(node);
            _groupOf.Add(index);
            _mayBelongElsewhere.Add(isOpen || _unlisted.Contains(node));
        }
        var unmanaged = group.Unmanaged.Microwatts;
        foreach (var child in group.Groups)
            unmanaged += Lay(child, index, owned, isOpen);
        _ends[index] = _nodes.Count;
        _unmanaged[index] = unmanaged;
        return unmanaged;
    }
}

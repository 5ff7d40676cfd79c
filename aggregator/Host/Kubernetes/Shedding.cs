using System.Collections.Immutable;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Orders;
using Homelab.Units;

namespace Homelab.Aggregator.Kubernetes;

/// <summary>Which nodes are to shed while a group draws more than its limit. Pure.</summary>
/// <param name="settings">For the priority classes.</param>
internal sealed class Shedding(ImmutableSortedDictionary<NodeName, NodeSettings> settings)
{
    /// <summary>Where nodes are held, those whose caps bite; else as many as cover the excess, lowest class first, largest draw above its floor first.</summary>
    public IReadOnlySet<NodeName> Of(FleetSnapshot fleet)
    {
        var shedders = new HashSet<NodeName>();
        if (fleet.Control is not { } control)
            return shedders;
        var groups = Flat(control.Budget.Policy.Budget).ToList();
        foreach (var over in control.State.Groups.Where(group => group.Measured > group.Limit))
        {
            if (groups.FirstOrDefault(group => group.Name == over.Name) is not { } group)
                continue;
            // Nodes that no group names are the root's. A machine of several nodes sheds by the one that counts for it.
            var members = group == groups[0] ? null : Flat(group).SelectMany(each => each.Members).ToHashSet();
            var nodes = control.State.Nodes.Where(node => node.CountedBy is null && members?.Contains(node.Name) != false).ToList();
            var biting = nodes.Where(node => node.Cap < node.Demand).ToList();
            foreach (var node in biting.Count > 0 ? biting : Covering(over.Measured - over.Limit, nodes, fleet, control.Budget.Policy.Classes))
                shedders.Add(node.Name);
        }
        return shedders;
    }

    private IEnumerable<NodeControl> Covering(Power excess, List<NodeControl> nodes, FleetSnapshot fleet, ImmutableArray<PriorityClass> classes)
    {
        var drawing = nodes.Select(node => (Node: node, Spare: (fleet.Find(node.Name)?.SmoothedPower ?? Power.Zero) - node.Floor)).Where(each => each.Spare > Power.Zero);
        foreach (var (node, spare) in drawing.OrderByDescending(each => Rank(each.Node.Name, classes)).ThenByDescending(each => each.Spare).ThenBy(each => each.Node.Name))
        {
            if (excess <= Power.Zero)
                yield break;
            excess -= spare;
            yield return node;
        }
    }

    /// <summary>0 is the highest class; a node without one is in the lowest.</summary>
    private int Rank(NodeName node, ImmutableArray<PriorityClass> classes)
    {
        var name = settings.GetValueOrDefault(node, NodeSettings.Default).Class;
        for (var i = 0; i < classes.Length; i++)
        {
            if (classes[i].Name == name)
                return i;
        }
        return classes.Length;
    }

    private static IEnumerable<BudgetGroup> Flat(BudgetGroup group) => group.Groups.SelectMany(Flat).Prepend(group);
}

using System.Collections.Immutable;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Orders;
using Homelab.Units;

namespace Homelab.Aggregator.Control;

/// <summary>What the configuration says to the control loop.</summary>
/// <param name="Policy">As configured; the calendar and the orders replace its budget and mode.</param>
internal sealed record ControlSettings(ControlPolicy Policy, BudgetCalendar Calendar, ImmutableSortedDictionary<NodeName, NodeSettings> Nodes)
{
    /// <summary>Nodes whose own word that they run from a battery is the fleet's.</summary>
    public ImmutableSortedSet<NodeName> SupplyTellers { get; init; } = [];

    /// <summary>Name of every level of the budget tree, the fleet's first.</summary>
    public IEnumerable<string> Groups => Names(Policy.Budget);

    /// <summary>The answer to an order for a group that is none; null when it is one.</summary>
    public OrderOutcome? Missing(string group) =>
        Groups.Contains(group) ? null : new OrderOutcome(OrderResult.NotFound, $"there is no group '{group}'; there is {string.Join(", ", Groups)}");

    private static IEnumerable<string> Names(BudgetGroup group) => group.Groups.SelectMany(Names).Prepend(group.Name);

    /// <summary>The agent's word on its node under the operator's.</summary>
    /// <param name="bootId">Of the kernel that its agent runs on; empty when unknown.</param>
    /// <param name="marks">What else its agent says of the machine.</param>
    public NodeTraits Traits(NodeName node, CapAbility ability, string bootId = "", HostMarks? marks = null)
    {
        var settings = Nodes.GetValueOrDefault(node, NodeSettings.Default);
        var ceiling = settings.Ceiling ?? ability.Ceiling;
        var floor = Power.Max(ability.Floor, settings.Floor ?? Power.Zero);
        return new NodeTraits
        {
            Name = node,
            Host = HostRoll.Key(settings.Host, bootId),
            Marks = marks ?? HostMarks.None,
            IsEnforcing = ability.IsEnforcing,
            // A floor above the ceiling would ask for a cap that is none.
            Floor = ceiling > Power.Zero ? Power.Min(floor, ceiling) : floor,
            Ceiling = ceiling,
            Idle = ability.Idle,
            Steps = ability.Steps,
            Settle = ability.Settle > TimeSpan.Zero ? ability.Settle : TimeSpan.FromSeconds(1),
            Uncertainty = ability.Uncertainty,
            PriorityClass = settings.Class,
            Weight = settings.Weight,
        };
    }
}

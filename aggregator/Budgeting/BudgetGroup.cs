using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>What feeds a group, and so how long an excess may last (IEC 60898-1, UPS data sheets).</summary>
internal enum BudgetDevice
{
    /// <summary>A comfort or energy target: bounded.</summary>
    Energy = 0,

    /// <summary>A breaker: bounded.</summary>
    Breaker = 1,

    /// <summary>A brick, Pico-PSU or PoE port, which latches off: hard.</summary>
    Psu = 2,

    /// <summary>A UPS, which shuts off within half a second above 150 %: hard.</summary>
    Ups = 3,
}

/// <summary>A level of the budget tree: the fleet, a supply, a rack, a cluster. Every level holds at once.</summary>
internal sealed record BudgetGroup
{
    public required string Name { get; init; }

    /// <summary>Most that the group may draw; above zero.</summary>
    public required Power Limit { get; init; }

    /// <summary>Draw inside the group that no agent reports: a switch, a BMC, disks.</summary>
    public Power Unmanaged { get; init; }

    public BudgetDevice Device { get; init; } = BudgetDevice.Energy;

    /// <summary>True: Σ of committed caps never exceeds the limit. False: it may reach up to a tenth above it for seconds. Null: as the device says.</summary>
    public bool? IsHard { get; init; }

    /// <summary>Whether its limit is never to be passed.</summary>
    public bool Holds => IsHard ?? Device is BudgetDevice.Ups or BudgetDevice.Psu;

    public ImmutableArray<BudgetGroup> Groups { get; init; } = [];

    /// <summary>Nodes of this group that are in none of its groups. At the root, nodes that no group names belong to it without being listed.</summary>
    public ImmutableArray<NodeName> Members { get; init; } = [];

    /// <summary>The cluster whose nodes are its members, too (<see cref="ClusterGroups"/>); empty for none.</summary>
    public string Cluster { get; init; } = "";

    /// <summary>Its cluster was not looked into since this aggregator started: nodes of it may be anywhere in the tree.</summary>
    public bool IsUnseen { get; init; }
}

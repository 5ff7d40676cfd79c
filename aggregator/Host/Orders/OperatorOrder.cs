using Homelab.Aggregator.Budgeting;
using Homelab.Units;

namespace Homelab.Aggregator.Orders;

/// <summary>Something an operator tells the running aggregator to do.</summary>
internal abstract record OperatorOrder;

/// <param name="Lasts">Above zero.</param>
internal sealed record SetOverride(string Group, Power Limit, TimeSpan Lasts) : OperatorOrder;

/// <param name="Group">Null clears them all.</param>
internal sealed record ClearOverride(string? Group) : OperatorOrder;

internal sealed record SwitchMode(ControlMode Mode) : OperatorOrder;

/// <summary>The node is gone for good or switched off: its reservation ends.</summary>
internal sealed record ForgetNode(NodeName Node) : OperatorOrder;

/// <summary>A UPS says that the fleet runs from its battery, or from the mains again.</summary>
internal sealed record SetSupply(bool IsOnBattery) : OperatorOrder;

/// <summary>A meter above a group says what the group draws in truth.</summary>
internal sealed record TakeMeter(string Group, Power Power) : OperatorOrder;

/// <summary>What came of an order.</summary>
internal enum OrderResult
{
    /// <summary>In force, and stored where it must outlive the process.</summary>
    Done = 0,

    /// <summary>In force, but not stored: it ends with this process.</summary>
    NotStored = 1,

    /// <summary>The group or node is not known; nothing changed.</summary>
    NotFound = 2,

    /// <summary>It can not be done as things are; nothing changed.</summary>
    Refused = 3,
}

/// <param name="Text">One line for people.</param>
internal sealed record OrderOutcome(OrderResult Result, string Text);

/// <summary>Takes the operator's orders.</summary>
internal interface IOrderDesk
{
    /// <summary>Done once the order is in force and stored, or has failed.</summary>
    Task<OrderOutcome> PlaceAsync(OperatorOrder order, CancellationToken cancelled);
}

/// <summary>What was decided in the past.</summary>
internal interface IDecisionHistory
{
    /// <summary>Oldest first; of more than <paramref name="most"/>, the newest.</summary>
    /// <param name="node">Null for all, the fleet's own included.</param>
    IReadOnlyList<Decision> Read(NodeName? node, DateTimeOffset since, int most);
}

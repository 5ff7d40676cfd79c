using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>What the controller keeps of one node from round to round.</summary>
internal sealed class NodeState(NodeName name)
{
    public NodeLedger Ledger { get; } = new(name);

    public NodeDemand Demand { get; } = new();

    public CapSwing Swing { get; } = new();

    /// <summary>Heat holds it down, says its last report.</summary>
    public bool IsHot { get; set; }

    /// <summary>Its cap holds it down, says its last report.</summary>
    public bool IsHeldDown { get; set; }

    /// <summary>Until then a raise is taking hold.</summary>
    public TimeSpan RisesUntil { get; set; }

    /// <summary>Since when it has drawn more than it is held to; null when it has not.</summary>
    public TimeSpan? DefiesSince { get; set; }

    public TimeSpan ObeysSince { get; set; }

    public NodeStanding Standing { get; set; } = NodeStanding.Observing;

    public string Reason { get; set; } = "";

    /// <summary>What it counts for in sums of what is drawn now: its reading, or all that it may draw where there is none.</summary>
    public Power Drawn(ControlPolicy policy, TimeSpan now) =>
        Ledger.Measured is { } measured && Ledger.HasJoined && !Ledger.IsSilent(now) ? measured : Ledger.Committed(policy, now);

    /// <summary>A node whose hardware does not do as it says counts with all that it can draw, until it has obeyed for a while.</summary>
    public void Judge(TimeSpan now)
    {
        if (Ledger.Effective is not { } effective || Ledger.Measured is not { } measured || now < Ledger.SettlesAt + TimeSpan.FromSeconds(1))
        {
            DefiesSince = null;
            return;
        }
        var dynamic = Power.Max(effective - Ledger.Traits.Idle, Power.Zero);
        var allowed = effective + dynamic * (0.05 + 4 * Math.Clamp(Ledger.Traits.Uncertainty, 0, 1)) + Power.FromMilliwatts(500);
        var granted = Ledger.Cap is { } cap && Ledger.Standing == LeaseStanding.Live && !Ledger.HasUnanswered
            && effective > Power.Max(cap, Ledger.Floor) + (Ledger.Ceiling - Ledger.Floor) * 0.1;
        if (measured > allowed || granted)
        {
            DefiesSince ??= now;
            ObeysSince = now;
        }
        else
        {
            DefiesSince = null;
        }
        if (DefiesSince is { } since && now - since >= TimeSpan.FromSeconds(3))
            Ledger.IsUncontrolled = true;
        else if (Ledger.IsUncontrolled && now - ObeysSince >= TimeSpan.FromSeconds(30))
            Ledger.IsUncontrolled = false;
    }
}

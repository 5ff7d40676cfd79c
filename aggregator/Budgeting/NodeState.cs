using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>What the controller keeps of one node from round to round.</summary>
internal sealed class NodeState(NodeName name)
{
    private static readonly TimeSpan DefiesFor = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan ObeysFor = TimeSpan.FromSeconds(30);
    private Power _highest;
    private Power _highestBefore;
    private TimeSpan _windowAt;
    private TimeSpan _obeysSince;

    public NodeLedger Ledger { get; } = new(name);

    public NodeDemand Demand { get; } = new();

    public CapSwing Swing { get; } = new();

    /// <summary>Heat holds it down, says its last report.</summary>
    public bool IsHot { get; set; }

    /// <summary>Its cap holds it down, says its last report.</summary>
    public bool IsHeldDown { get; set; }

    /// <summary>Until then a raise is taking hold.</summary>
    public TimeSpan RisesUntil { get; private set; }

    /// <summary>What it was held to before that raise; null when it was not held.</summary>
    public Power? RisesFrom { get; private set; }

    /// <summary>A raise was answered: for a while what it draws is still what the cap before allowed.</summary>
    public void Rise(Power? from, TimeSpan now, TimeSpan takes)
    {
        if (now >= RisesUntil || RisesFrom is null)
            RisesFrom = from;
        RisesUntil = now + takes;
    }

    /// <summary>It draws what the cap before the raise allowed. A node that draws less than that is not on its way up.</summary>
    public bool IsRising(Power drawn, TimeSpan now) => now < RisesUntil && RisesFrom is { } from && NodeDemand.IsAtCap(drawn, from);

    /// <summary>Since when it has drawn more than it is held to; null when it has not.</summary>
    public TimeSpan? DefiesSince { get; private set; }

    public NodeStanding Standing { get; set; } = NodeStanding.Observing;

    public string Reason { get; set; } = "";

    /// <summary>What kind of reason it is, and of which group: the text is made anew when this changes, or the cap.</summary>
    public (ReasonKind Kind, int Group) ReasonOf { get; set; }

    /// <summary>What it counts for in sums of what is drawn now: its reading, all that it may draw where there is none, and in the moment before its
    /// first report what it draws at rest.</summary>
    public Power Drawn(ControlPolicy policy, TimeSpan now)
    {
        if (Ledger.CountedBy is not null)
            return Power.Zero;
        if (!Ledger.HasJoined || Ledger.IsSilent(now))
            return Ledger.Committed(policy, now);
        var drawn = Ledger.Measured ?? (Ledger.HasReported ? Ledger.Committed(policy, now) : Ledger.Traits.Idle);
        // Nodes of one machine that do not agree on what it draws: it may be the most that any of them says.
        foreach (var other in Ledger.Others)
            drawn = other is { Measured: { } measured } && !other.IsSilent(now) ? Power.Max(drawn, measured) : drawn;
        return drawn;
    }

    /// <summary>A node whose hardware does not do as it says counts with all that it can draw, until it has obeyed for a while.</summary>
    public void Judge(TimeSpan now)
    {
        if (Ledger.IsSilent(now) || Ledger.Effective is not { } effective || Ledger.Measured is not { } measured)
        {
            (DefiesSince, _highest, _highestBefore) = (null, Power.Zero, Power.Zero);
            return;
        }
        // Its draw may be what an older cap allowed: the highest of the last moments counts.
        _highest = Power.Max(_highest, effective);
        if (now - _windowAt > Ledger.Traits.Settle + TimeSpan.FromSeconds(1))
            (_highestBefore, _highest, _windowAt) = (_highest, effective, now);
        if (measured > Allowed(Power.Max(_highest, _highestBefore)) || ClaimsTooMuch(effective))
        {
            DefiesSince ??= now;
            _obeysSince = now;
        }
        else
        {
            DefiesSince = null;
        }
        if (DefiesSince is { } since && now - since >= DefiesFor)
            Ledger.IsUncontrolled = true;
        else if (Ledger.IsUncontrolled && now - _obeysSince >= ObeysFor)
            Ledger.IsUncontrolled = false;
    }

    private Power Allowed(Power held)
    {
        var dynamic = Power.Max(held - Ledger.Traits.Idle, Power.Zero);
        return held + dynamic * (0.05 + 4 * Math.Clamp(Ledger.Traits.Uncertainty, 0, 1)) + Power.FromMilliwatts(500);
    }

    /// <summary>It answered a grant with a cap well above what was granted: something else writes there.</summary>
    private bool ClaimsTooMuch(Power effective) =>
        Ledger.Cap is { } cap && Ledger.Standing == LeaseStanding.Live && !Ledger.HasUnanswered
        && effective > Power.Max(cap, Ledger.Floor) + (Ledger.Ceiling - Ledger.Floor) * 0.1;
}

namespace Homelab.Aggregator.Fleet;

/// <summary>Who of several aggregators grants. Immutable.</summary>
/// <param name="IsElected">False where there is one aggregator and no election.</param>
/// <param name="Leads">This one grants.</param>
/// <param name="Name">This one's name in the election; empty without one.</param>
/// <param name="Leader">The leader's name as last seen; empty when nobody leads, and without an election.</param>
/// <param name="Term">Number of the term that this one leads in; 0 when it leads in none.</param>
/// <param name="Trouble">Why the election can not be followed, one line; empty when all is well.</param>
internal sealed record LeaderView(bool IsElected, bool Leads, string Name, string Leader, int Term, string Trouble)
{
    public static readonly LeaderView Alone = new(false, true, "", "", 0, "");

    /// <summary>For those who are turned away: who leads, or that nobody does.</summary>
    public string Direction => Leads
        ? "this aggregator leads"
        : Leader.Length == 0 || Leader == Name
            ? "this aggregator stands by, and none leads at the moment" + (Trouble.Length > 0 ? $" ({Trouble})" : "")
            : $"this aggregator stands by: '{Leader}' leads";
}

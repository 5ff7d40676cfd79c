using Homelab.Aggregator.Fleet;

namespace Homelab.Aggregator.Leadership;

/// <summary>Whether this aggregator is the one that grants. Safe for all threads.</summary>
internal interface ILeadership
{
    /// <summary>The present term; null while another leads or nobody does. Asks the clock, so that it is never late.</summary>
    LeadershipTerm? Term { get; }

    /// <summary>Asked before whatever only the leader may do.</summary>
    bool Leads => Term is not null;

    LeaderView View { get; }

    /// <summary>A term began or ended. Raised after <see cref="Term"/> shows it; handlers must be quick.</summary>
    event Action? Changed;
}

using Homelab.Aggregator.Fleet;

namespace Homelab.Aggregator.Leadership;

/// <summary>One aggregator, which always leads. A second one that is started beside it is fenced by epochs alone.</summary>
internal sealed class SoleLeadership : ILeadership
{
    public LeadershipTerm? Term => LeadershipTerm.Unending;

    public LeaderView View => LeaderView.Alone;

    public event Action? Changed
    {
        add { }
        remove { }
    }
}

namespace Homelab.Aggregator.Kubernetes;

/// <summary>Whether this aggregator is the one that writes. Asked before every write, so that one that lost its lease falls silent.</summary>
internal interface ILeadership
{
    bool Leads { get; }
}

/// <summary>For an aggregator that has no peer.</summary>
internal sealed class SoleLeadership : ILeadership
{
    public bool Leads => true;
}

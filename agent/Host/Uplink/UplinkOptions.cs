namespace Homelab.NodeAgent.Uplink;

/// <summary>How the uplink behaves; defaults are the product's.</summary>
internal sealed record UplinkOptions
{
    /// <summary>Shortest time between reports, unless Welcome asks for longer.</summary>
    public TimeSpan ReportInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often an unchanged reading is sent again, unless Welcome says otherwise.</summary>
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long one write may wait for a peer that takes nothing.</summary>
    public TimeSpan WriteDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the aggregator may leave Hello or a report unanswered.</summary>
    public TimeSpan AnswerDeadline { get; init; } = TimeSpan.FromSeconds(15);
}

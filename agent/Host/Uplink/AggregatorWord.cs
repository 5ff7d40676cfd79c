using Homelab.NodeAgent.Capping;

namespace Homelab.NodeAgent.Uplink;

/// <summary>Something the aggregator says to the agent.</summary>
internal abstract record AggregatorWord
{
    private AggregatorWord()
    {
    }

    /// <summary>The answer to Hello.</summary>
    /// <param name="ReportInterval">Null: the agent's own.</param>
    /// <param name="RefreshInterval">How often an unchanged reading is sent again; null: the agent's own.</param>
    internal sealed record Welcome(TimeSpan? ReportInterval, TimeSpan? RefreshInterval) : AggregatorWord;

    /// <summary>Every report up to this one is in.</summary>
    internal sealed record Acknowledged(ulong Sequence) : AggregatorWord;

    /// <summary>A cap lease; its basis is a moment of our monotonic clock.</summary>
    internal sealed record Grant(LeaseOffer Offer) : AggregatorWord;

    /// <summary>The aggregator wants the stream closed.</summary>
    /// <param name="Reason">One line; may be empty.</param>
    /// <param name="RetryAfter">Shortest wait before the next dial; null: the agent's own.</param>
    internal sealed record Goodbye(string Reason, TimeSpan? RetryAfter) : AggregatorWord;

    /// <summary>A message of a newer version; nothing to do.</summary>
    internal sealed record Unknown : AggregatorWord
    {
        public static readonly Unknown Instance = new();
    }
}

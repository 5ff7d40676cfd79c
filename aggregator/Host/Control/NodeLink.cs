using Homelab.Aggregator.Fleet;
using Homelab.Units;

namespace Homelab.Aggregator.Control;

/// <summary>What the desk knows of one node's stream. Touched by one thread.</summary>
internal sealed class NodeLink
{
    private long _newest;

    /// <summary>The stream that is heard; null when it ended.</summary>
    public StreamNumber? Stream { get; private set; }

    public CapAbility? Ability { get; set; }

    /// <summary>The agent's clock in its newest report of this stream; null before the first. Another process counts from another start.</summary>
    public TimeSpan? AgentMonotonic { get; set; }

    /// <summary>What it answered before it said what it can be held to.</summary>
    public NodeAnswered? Early { get; set; }

    /// <summary>Decided and not yet sent.</summary>
    public PostedGrant? Held { get; set; }

    public ulong LastSequence { get; set; }

    public Power? LastCap { get; set; }

    public NodeLease? Lease { get; set; }

    /// <summary>An answer of this stream was turned down as a forgery, and that was said.</summary>
    public bool IsDistrusted { get; set; }

    /// <summary>False for a stream that lost the node to a newer one.</summary>
    public bool Hears(StreamNumber stream)
    {
        if (stream.Value < _newest)
            return false;
        if (Stream != stream)
            (_newest, Stream, Ability, AgentMonotonic, Early, Held, IsDistrusted) = (stream.Value, stream, null, null, null, null, false);
        return true;
    }

    public void Leave() => (Stream, Ability, AgentMonotonic, Early, Held) = (null, null, null, null, null);
}

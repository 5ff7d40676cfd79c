using Homelab.NodeAgent.Enforcement;
using Homelab.NodeAgent.Sampling;

namespace Homelab.NodeAgent.Uplink;

/// <summary>Something the agent says to the aggregator.</summary>
internal abstract record AgentWord
{
    private AgentWord()
    {
    }

    /// <summary>Who speaks and which sensors there are.</summary>
    /// <param name="Identity">The agent and its machine.</param>
    /// <param name="Inventory">The sensors.</param>
    /// <param name="Number">Of this inventory; reports count by it.</param>
    internal sealed record Hello(NodeIdentity Identity, Inventory Inventory, uint Number) : AgentWord
    {
        public IReadOnlyList<LimiterWord> Limiters { get; init; } = [];
    }

    /// <summary>What changed since the last report of this stream. Valid until the stream's next report is made, which is written in its place.</summary>
    /// <param name="Sequence">1 for the first of a stream.</param>
    /// <param name="InventoryNumber">The Hello that sensor indices belong to.</param>
    /// <param name="Sample">The readings, of which only those named are sent.</param>
    /// <param name="Changed">Indices of the readings to send.</param>
    /// <param name="WithSources">Whether the state of the sources is sent.</param>
    /// <param name="WithSelf">Whether the agent's own cost is sent.</param>
    internal sealed record Report(
        ulong Sequence, uint InventoryNumber, NodeSample Sample, IReadOnlyList<int> Changed, bool WithSources, bool WithSelf) : AgentWord
    {
        public ulong Sequence { get; set; } = Sequence;

        public uint InventoryNumber { get; set; } = InventoryNumber;

        public NodeSample Sample { get; set; } = Sample;

        public bool WithSources { get; set; } = WithSources;

        public bool WithSelf { get; set; } = WithSelf;
    }

    /// <summary>What the node can be held to.</summary>
    internal sealed record CapRange(CapSpan Span) : AgentWord;

    /// <summary>What the node is held to: the answer to a grant, and said unasked when it changes.</summary>
    internal sealed record Applied(CapStatus Status) : AgentWord;
}

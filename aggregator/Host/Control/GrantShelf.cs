using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Fleet;
using Homelab.Units;

namespace Homelab.Aggregator.Control;

/// <summary>Grants that are decided and not yet sent, at most one a node: they wait until the disk has what they rest on.</summary>
internal sealed class GrantShelf
{
    private readonly List<NodeName> _holding = [];

    /// <summary>Puts it in place of an older one; what its stream could not rest on is dropped.</summary>
    /// <returns>What kind of grant it is.</returns>
    public string Hold(PostedGrant posted, NodeLink link)
    {
        var grant = posted.Grant;
        var kind = grant.IsRelease ? "release" : grant.Cap is not { } cap || cap == link.LastCap ? "renew" : link.LastCap is { } last && cap > last ? "raise" : "cut";
        (link.LastCap, link.LastSequence) = (grant.IsRelease ? null : grant.Cap ?? link.LastCap, grant.Sequence);
        // Another agent process counts its clock from another start: on an older basis a lease could live for ever.
        if (link.Stream is null || (!grant.IsRelease && !(link.AgentMonotonic >= grant.Basis)))
            return kind;
        if (link.Held is null)
            _holding.Add(grant.Node);
        link.Held = posted;
        return kind;
    }

    /// <summary>Those that may go now, each once, with the stream they are for.</summary>
    /// <param name="durable">What the disk has.</param>
    public List<(StreamNumber Stream, PostedGrant Grant)> Take(SortedDictionary<NodeName, NodeLink> links, ControlMemory durable)
    {
        var ready = new List<(StreamNumber, PostedGrant)>();
        _holding.RemoveAll(node =>
        {
            if (!links.TryGetValue(node, out var link) || link is not { Held: { } held, Stream: { } stream })
                return true;
            if (!IsDurable(held.Grant, durable))
                return false;
            link.Held = null;
            ready.Add((stream, held));
            return true;
        });
        return ready;
    }

    /// <summary>A release promises nothing that a later aggregator would have to know.</summary>
    private static bool IsDurable(Grant grant, ControlMemory durable) =>
        grant.IsRelease || (durable.Epoch == grant.Epoch && durable.Nodes.TryGetValue(grant.Node, out var node) && node.SafeShare >= grant.SafeShare);
}

using Homelab.Aggregator.Fleet;
using Homelab.Rpc;
using Homelab.Units;

namespace Homelab.Aggregator.Ingest;

/// <summary>
/// Which stream speaks for which node. A second live agent under one name is refused; the same agent process dialling again, or
/// any agent once the holder has been silent for three intervals, takes the name over and the old stream ends. Safe for all threads.
/// </summary>
internal sealed class NodeClaims(TimeSpan reportInterval, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<NodeName, NodeClaim> _holders = [];
    private long _taken;

    /// <summary>Takes the name for a stream. Throws ALREADY_EXISTS, naming both peers, while another live agent holds it.</summary>
    public NodeClaim Take(NodeIdentity identity)
    {
        NodeClaim? loser = null;
        NodeClaim claim;
        lock (_lock)
        {
            if (_holders.TryGetValue(identity.Name, out var holder))
            {
                if (holder.Identity.Instance != identity.Instance && holder.Silence <= holder.Identity.Pace(reportInterval) * 3)
                    throw new RpcException(RpcCode.AlreadyExists, $"node '{identity.Name}' is held by the agent at {holder.Identity.Peer}; the agent at {identity.Peer} must use another name");
                loser = holder;
            }
            // Numbered in the order in which the name changes hands: the fleet hears the highest.
            claim = new NodeClaim(identity, new StreamNumber(++_taken), time);
            _holders[identity.Name] = claim;
        }
        loser?.Lose();
        return claim;
    }

    /// <summary>Gives the name back, unless another stream has it by now.</summary>
    public void Release(NodeClaim claim)
    {
        lock (_lock)
        {
            if (_holders.TryGetValue(claim.Identity.Name, out var holder) && ReferenceEquals(holder, claim))
                _holders.Remove(claim.Identity.Name);
        }
    }
}

/// <summary>One stream's hold on a node name.</summary>
internal sealed class NodeClaim(NodeIdentity identity, StreamNumber number, TimeProvider time) : IDisposable
{
    private readonly CancellationTokenSource _lost = new();
    private long _heard = time.GetTimestamp();

    public NodeIdentity Identity { get; } = identity;

    /// <summary>Larger than that of every claim before it.</summary>
    public StreamNumber Number { get; } = number;

    /// <summary>Cancelled when another stream takes the name.</summary>
    public CancellationToken Lost => _lost.Token;

    public TimeSpan Silence => time.GetElapsedTime(Volatile.Read(ref _heard));

    public void Heard() => Volatile.Write(ref _heard, time.GetTimestamp());

    public void Lose()
    {
        try
        {
            _lost.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The stream ended by itself in the meantime.
        }
    }

    public void Dispose() => _lost.Dispose();
}

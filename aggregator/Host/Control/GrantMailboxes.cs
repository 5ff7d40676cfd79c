using System.Collections.Concurrent;
using System.Threading.Channels;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Fleet;
using Homelab.Units;

namespace Homelab.Aggregator.Control;

/// <summary>A grant on its way to a stream.</summary>
/// <param name="Cause">Arrival of the report that called for it, or when its round was due.</param>
internal sealed record PostedGrant(Grant Grant, Moment Cause);

/// <summary>One stream's place for one grant: a newer one takes the place of one not read yet, as it says all that the older one did. Safe for all threads.</summary>
internal sealed class GrantMailbox
{
    private readonly Channel<PostedGrant> _newest = Channel.CreateBounded<PostedGrant>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true, SingleWriter = true });

    /// <summary>Never waits.</summary>
    public void Put(PostedGrant grant) => _newest.Writer.TryWrite(grant);

    /// <summary>The newest grant, once there is one.</summary>
    public ValueTask<PostedGrant> TakeAsync(CancellationToken cancelled) => _newest.Reader.ReadAsync(cancelled);
}

/// <summary>Where grants leave the control loop for the nodes' streams. Putting one never waits, whatever its stream does. Safe for all threads.</summary>
internal sealed class GrantMailboxes(TimeProvider time)
{
    private readonly ConcurrentDictionary<NodeName, (StreamNumber Stream, GrantMailbox Box)> _boxes = new();
    private readonly Lock _meterLock = new();
    private DelayHistogram _granting = DelayHistogram.Empty;

    /// <summary>From cause to stream, of every grant written since the aggregator started.</summary>
    public DelayHistogram Granting
    {
        get
        {
            lock (_meterLock)
                return _granting;
        }
    }

    /// <summary>A stream takes the node's grants from now on; an older stream's box gets no more.</summary>
    public GrantMailbox Open(NodeName node, StreamNumber stream)
    {
        var box = new GrantMailbox();
        _boxes.AddOrUpdate(node, (stream, box), (_, holder) => holder.Stream.Value > stream.Value ? holder : (stream, box));
        return box;
    }

    public void Close(NodeName node, StreamNumber stream)
    {
        if (_boxes.TryGetValue(node, out var holder) && holder.Stream == stream)
            _boxes.TryRemove(KeyValuePair.Create(node, holder));
    }

    /// <summary>False when that stream does not hold the node any more.</summary>
    public bool Put(StreamNumber stream, PostedGrant grant)
    {
        if (!_boxes.TryGetValue(grant.Grant.Node, out var holder) || holder.Stream != stream)
            return false;
        holder.Box.Put(grant);
        return true;
    }

    /// <summary>The stream has written the grant.</summary>
    public void Sent(PostedGrant grant)
    {
        var taken = Moment.Of(time).Since(grant.Cause);
        lock (_meterLock)
            _granting = _granting.Add(taken);
    }
}

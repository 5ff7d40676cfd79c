using System.Threading.Channels;
using Homelab.Aggregator.Labels;

namespace Homelab.Aggregator.Kubernetes;

/// <summary>Changes on their way to one cluster, in a few lanes, a node always in the same one: a node that makes trouble delays few others. At most one
/// change a node waits, the newest, in the place of the one before. Never blocks who hands over. Safe for concurrent use.</summary>
internal sealed class WriteLanes
{
    public const int Count = 4;

    /// <summary>Events beyond this are dropped, oldest first.</summary>
    private const int MostEvents = 256;

    private readonly Lane[] _lanes = [.. Enumerable.Range(0, Count).Select(_ => new Lane())];
    private readonly Lock _gate = new();
    private readonly Channel<NodeEvent> _events = Channel.CreateBounded<NodeEvent>(new BoundedChannelOptions(MostEvents) { FullMode = BoundedChannelFullMode.DropOldest });
    private int _busy;

    /// <summary>What waits or is being written.</summary>
    public int Pending
    {
        get
        {
            lock (_gate)
                return _busy + _events.Reader.Count + _lanes.Sum(lane => lane.Newest.Count);
        }
    }

    public void Put(NodeChange change)
    {
        var lane = _lanes[(uint)StringComparer.Ordinal.GetHashCode(change.Key.Name) % Count];
        lock (_gate)
        {
            var isNew = !lane.Newest.ContainsKey(change.Key.Name);
            lane.Newest[change.Key.Name] = change;
            if (isNew)
                lane.Order.Writer.TryWrite(change.Key.Name);
        }
    }

    public void Put(NodeEvent happened) => _events.Writer.TryWrite(happened);

    /// <summary>Changes that have not gone out are dropped: they are decided anew.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            foreach (var lane in _lanes)
                lane.Newest.Clear();
        }
    }

    public async Task RunLaneAsync(int index, Func<NodeChange, CancellationToken, Task> write, CancellationToken cancel)
    {
        var lane = _lanes[index];
        await foreach (var name in lane.Order.Reader.ReadAllAsync(cancel))
        {
            NodeChange? change;
            lock (_gate)
            {
                if (!lane.Newest.Remove(name, out change))
                    continue;
                _busy++;
            }
            await FinishAsync(write(change, cancel));
        }
    }

    public async Task RunEventsAsync(Func<NodeEvent, CancellationToken, Task> write, CancellationToken cancel)
    {
        while (await _events.Reader.WaitToReadAsync(cancel))
        {
            NodeEvent? happened;
            lock (_gate)
            {
                if (!_events.Reader.TryRead(out happened))
                    continue;
                _busy++;
            }
            await FinishAsync(write(happened, cancel));
        }
    }

    private async Task FinishAsync(Task write)
    {
        try
        {
            await write;
        }
        finally
        {
            lock (_gate)
                _busy--;
        }
    }

    private sealed class Lane
    {
        public Dictionary<string, NodeChange> Newest { get; } = new(StringComparer.Ordinal);

        /// <summary>A name whose change was dropped stays, and is passed over.</summary>
        public Channel<string> Order { get; } = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    }
}

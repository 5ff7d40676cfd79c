namespace Homelab.Aggregator.Simulation.Fleets;

/// <summary>Things that happen later, in the order of their times; of one time, in the order in which they were posted.</summary>
internal sealed class Post<T>
{
    private readonly PriorityQueue<T, (TimeSpan At, long Number)> _queue = new();
    private long _number;

    public void Add(T item, TimeSpan at) => _queue.Enqueue(item, (at, _number++));

    /// <summary>The next thing before a moment, if there is one.</summary>
    public bool TryTake(TimeSpan before, out T item, out TimeSpan at)
    {
        if (_queue.TryPeek(out item!, out var key) && key.At < before)
        {
            at = key.At;
            _queue.Dequeue();
            return true;
        }
        at = default;
        return false;
    }
}

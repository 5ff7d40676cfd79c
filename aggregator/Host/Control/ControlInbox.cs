namespace Homelab.Aggregator.Control;

/// <summary>
/// The way into the control loop, for any thread. It wakes the loop's own thread directly, so no busy thread pool stands between a report
/// and the grants that it calls for.
/// </summary>
internal sealed class ControlInbox
{
    /// <summary>Several reports of every node that a fleet can hold; the loop works off far more in a second.</summary>
    public const int MostWaiting = 1 << 15;

    private readonly object _gate = new();
    private List<ControlEvent> _waiting = [];
    private bool _isWoken;
    private bool _isClosed;

    /// <summary>False when the loop has fallen so far behind that the event was dropped. What must not be lost is <paramref name="isVital"/>.</summary>
    public bool Post(ControlEvent happening, bool isVital = false)
    {
        lock (_gate)
        {
            if (_isClosed || (!isVital && _waiting.Count >= MostWaiting))
                return false;
            _waiting.Add(happening);
            Monitor.Pulse(_gate);
            return true;
        }
    }

    /// <summary>Lets the loop look at the time.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            _isWoken = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Ends <see cref="Take"/>; what waits is still taken.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Waits for events or a wake-up and swaps the list of events for an emptied one. Null once closed and empty.</summary>
    public List<ControlEvent>? Take(List<ControlEvent> emptied)
    {
        lock (_gate)
        {
            while (_waiting.Count == 0 && !_isWoken && !_isClosed)
                Monitor.Wait(_gate);
            if (_isClosed && _waiting.Count == 0)
                return null;
            _isWoken = false;
            var taken = _waiting;
            _waiting = emptied;
            return taken;
        }
    }
}

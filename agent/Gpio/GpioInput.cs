using System.Runtime.InteropServices;

namespace Homelab.NodeAgent.Gpio;

/// <summary>A line that is listened to: its level now, and how often it became active. Holds the line until it is disposed of. One thread at a time.</summary>
internal sealed class GpioInput : IDisposable
{
    private const int EventsAtOnce = 16;
    private const int EventBytes = 48;
    private const uint ToActive = 1;

    private readonly IGpioCalls _calls;
    private int _descriptor;
    private uint _sequence;

    private GpioInput(IGpioCalls calls, int descriptor) => (_calls, _descriptor) = (calls, descriptor);

    /// <summary>Times that it became active since it was taken, those that the kernel's buffer lost included.</summary>
    public long Edges { get; private set; }

    /// <summary>Takes a line that an open-drain output pulls low when it has something to say: pulled up, active low, an event for each edge to active.</summary>
    /// <param name="errno">The negative errno when there is none.</param>
    public static GpioInput? TakeAlert(IGpioCalls calls, string path, int offset, string consumer, out int errno)
    {
        const GpioFlags alert = GpioFlags.Input | GpioFlags.ActiveLow | GpioFlags.EdgeRising | GpioFlags.PullUp;
        var descriptor = GpioChip.Take(calls, path, offset, consumer, alert, isHigh: false);
        errno = Math.Min(descriptor, 0);
        return descriptor < 0 ? null : new GpioInput(calls, descriptor);
    }

    /// <summary>Takes in the edges that wait and reads the level.</summary>
    /// <returns>1 active, 0 not, or the negative errno.</returns>
    public unsafe int Look()
    {
        var outcome = TakeEdges();
        if (outcome < 0)
            return outcome;
        var values = new GpioValues { Mask = 1 };
        outcome = _calls.Control(_descriptor, GpioRequest.Values, (nint)(&values));
        return outcome < 0 ? outcome : (int)(values.Bits & 1);
    }

    public void Dispose()
    {
        if (_descriptor >= 0)
            _calls.Close(_descriptor);
        _descriptor = -1;
    }

    private int TakeEdges()
    {
        Span<byte> buffer = stackalloc byte[EventsAtOnce * EventBytes];
        int count;
        // A line that rings without end must not hold us here: what is left waits for the next look.
        for (var round = 0; round < EventsAtOnce && (count = _calls.Read(_descriptor, buffer)) != 0; round++)
        {
            if (count < 0)
                return count;
            foreach (var edge in MemoryMarshal.Cast<byte, GpioEvent>(buffer[..(count - (count % EventBytes))]))
            {
                if (edge.Id != ToActive)
                    continue;
                // Each event of this line is one edge; numbers that are missing were edges, too.
                var missed = _sequence != 0 && edge.Sequence > _sequence ? edge.Sequence - _sequence : 1;
                (_sequence, Edges) = (edge.Sequence, Edges + missed);
            }
            if (count < buffer.Length)
                break;
        }
        return 0;
    }
}

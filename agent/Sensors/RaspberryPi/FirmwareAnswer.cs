using System.Text;
using Homelab.NodeAgent.Vcio;

namespace Homelab.NodeAgent.Sensors.RaspberryPi;

/// <summary>One command behind several sensors, asked once per pass as <see cref="SharedFile"/> reads a file, and no more often than it should be.</summary>
/// <param name="firmware">Who answers.</param>
/// <param name="command">As given to <c>vcgencmd</c>.</param>
/// <param name="capacity">Longest answer kept.</param>
/// <param name="time">Measures the pause.</param>
/// <param name="pause">Least time between two questions; within it the last answer stands.</param>
internal sealed class FirmwareAnswer(IFirmware firmware, string command, int capacity, TimeProvider time, TimeSpan pause)
{
    private readonly byte[] _command = Encoding.ASCII.GetBytes(command);
    private readonly byte[] _buffer = new byte[capacity];
    private long _askedAt;
    private uint _looks;
    private int _count;
    private int _looking;

    /// <summary>Counts answers, so that a reader can keep what it made of one.</summary>
    public uint Generation { get; private set; }

    /// <param name="used">The look that this caller used last; 0 at first. Moves on with each call.</param>
    /// <param name="text">The answer, valid until the next call.</param>
    /// <returns>Bytes answered (0 or more), or the negative errno.</returns>
    public int Read(ref uint used, out ReadOnlySpan<byte> text)
    {
        // A look that hangs belongs to its thread: nobody waits for it, or takes what it writes for an answer of this pass.
        if (Interlocked.Exchange(ref _looking, 1) == 1)
        {
            text = default;
            return -Errno.TimedOut;
        }
        if (used == _looks)
        {
            _looks++;
            if (Generation == 0 || time.GetElapsedTime(_askedAt) >= pause)
            {
                _askedAt = time.GetTimestamp();
                _count = firmware.Ask(_command, _buffer);
                Generation++;
            }
        }
        Volatile.Write(ref _looking, 0);
        used = _looks;
        text = _count > 0 ? _buffer.AsSpan(0, _count) : default;
        return _count;
    }
}

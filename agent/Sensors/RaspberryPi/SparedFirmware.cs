using Homelab.NodeAgent.Vcio;

namespace Homelab.NodeAgent.Sensors.RaspberryPi;

/// <summary>Does not wait again and again for firmware that hangs: the kernel gives up after 1 s, and a pass has eight questions.</summary>
internal sealed class SparedFirmware(IFirmware firmware, TimeProvider time) : IFirmware
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    private long? _hungAt;

    /// <returns>As the firmware says; ETIMEDOUT unasked for 5 s after it timed out.</returns>
    public int Ask(ReadOnlySpan<byte> command, Span<byte> answer)
    {
        if (_hungAt is { } hungAt && time.GetElapsedTime(hungAt) < Rest)
            return -Errno.TimedOut;
        var count = firmware.Ask(command, answer);
        _hungAt = count == -Errno.TimedOut ? time.GetTimestamp() : null;
        return count;
    }
}

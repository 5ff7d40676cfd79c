using System.Text;
using Homelab.NodeAgent.Vcio;

namespace Homelab.NodeAgent.Sensors.RaspberryPi;

/// <summary>Firmware of a recorded machine: where the device node was there is a folder with one file per command, its blanks as <c>_</c>
/// (<c>/dev/vcio_gencmd/measure_clock_arm</c>), each with what <c>vcgencmd</c> printed.</summary>
internal sealed class RecordedFirmware(HostRoot root, string folder) : IFirmware
{
    public int Ask(ReadOnlySpan<byte> command, Span<byte> answer)
    {
        var count = root.Files.Read(root.Locate(folder + "/" + Encoding.ASCII.GetString(command).Replace(' ', '_')), answer);
        return count == -Errno.NoEntry ? -Errno.NotSupported : count;
    }
}

using System.Text;
using Homelab.NodeAgent.Vcio;

namespace Homelab.NodeAgent.Sensors.RaspberryPi;

/// <summary>Firmware of a recorded machine: where the device node was there is a folder with one file per command, its blanks as <c>_</c>
/// (<c>/dev/vcio_gencmd/measure_clock_arm</c>), each with what <c>vcgencmd</c> printed.</summary>
internal sealed class RecordedFirmware(HostRoot root, string folder) : IFirmware
{
    private readonly List<Recording> _asked = [];

    public int Ask(ReadOnlySpan<byte> command, Span<byte> answer)
    {
        var count = root.Files.Read(Of(command).Path, answer);
        return count == -Errno.NoEntry ? -Errno.NotSupported : count;
    }

    /// <summary>The paths are kept: a recording is read each second like the machine that it stands for.</summary>
    private Recording Of(ReadOnlySpan<byte> command)
    {
        lock (_asked)
        {
            foreach (var known in _asked)
            {
                if (command.SequenceEqual(known.Command))
                    return known;
            }
            var made = new Recording(command.ToArray(), root.Locate(folder + "/" + Encoding.ASCII.GetString(command).Replace(' ', '_')));
            _asked.Add(made);
            return made;
        }
    }

    private sealed record Recording(byte[] Command, PseudoPath Path);
}

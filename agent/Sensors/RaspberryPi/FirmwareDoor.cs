using Homelab.NodeAgent.Sensors.Machine;
using Homelab.NodeAgent.Vcio;

namespace Homelab.NodeAgent.Sensors.RaspberryPi;

/// <summary>The way to the firmware that this machine offers.</summary>
/// <param name="Firmware">Answers <c>get_throttled</c>.</param>
/// <param name="Path">The file as the machine sees it.</param>
/// <param name="Forgets">True where bits since boot get lost.</param>
internal sealed record FirmwareDoor(IFirmware Firmware, string Path, bool Forgets)
{
    /// <summary>In the order that <c>vcgencmd</c> tries them: the first takes nothing but its commands and is open to the group <c>video</c>.</summary>
    private static readonly string[] Nodes = ["/dev/vcio_gencmd", "/dev/vcio"];

    private const string PodFix = "Helm: agent.rpi.enabled: true, and: kubectl label node NAME agent.homelab/rpi=true";

    /// <summary>The first that answers; null with the reason when none does.</summary>
    /// <param name="root">The machine.</param>
    /// <param name="connect">Makes a binding to the device node at a path of this process.</param>
    /// <param name="finding">Why there is none.</param>
    public static FirmwareDoor? Open(HostRoot root, Func<string, IFirmware> connect, out Finding? finding)
    {
        finding = null;
        Span<byte> answer = stackalloc byte[64];
        foreach (var node in Nodes)
        {
            if (At(root, node, connect) is not { } firmware)
                continue;
            var count = firmware.Ask("get_throttled"u8, answer);
            if (count >= 0)
                return new FirmwareDoor(firmware, node, Forgets: false);
            finding ??= Refused(root, node, -count);
        }
        if (finding is not null)
            return null;
        if (SysfsFirmware.Find(root) is { } file)
            return new FirmwareDoor(new SysfsFirmware(root, file), file, Forgets: true);
        finding = Absent(root);
        return null;
    }

    private static IFirmware? At(HostRoot root, string node, Func<string, IFirmware> connect)
    {
        // A device node is no folder, and says so; a folder in its place is a recording.
        _ = root.List(node, out var errno);
        if (errno == 0)
            return new RecordedFirmware(root, node);
        if (errno == Errno.NotDirectory)
            return connect(root.Locate(node));
        // A container that sees the host's /sys elsewhere is given devices in its own /dev.
        if (!root.IsElsewhere || root.ReadInteger("/sys/kernel/uevent_seqnum") is null)
            return null;
        _ = root.Files.List(node, out errno);
        return errno == Errno.NotDirectory ? connect(node) : null;
    }

    private static Finding Refused(HostRoot root, string node, int errno) => errno is Errno.Access or Errno.NotPermitted
        ? new Finding(
            FindingKind.Denied,
            node,
            Errno.Name(errno),
            "The firmware's throttle word and rails can not be read.",
            Remedy.IsPod(root) ? PodFix : Remedy.Give(root, node, "r", "video"))
        : new Finding(FindingKind.Broken, node, Errno.Name(errno), "The firmware does not answer, so its throttle word and rails are not known.", "");

    private static Finding Absent(HostRoot root) => BoardName.Read(root).StartsWith("Raspberry Pi", StringComparison.Ordinal)
        ? new Finding(
            FindingKind.Missing,
            Nodes[0],
            Errno.Name(Errno.NoEntry),
            "No door to the firmware is seen here: throttling and rails are not known, and of a weak supply only the alarm of rpi_volt.",
            Remedy.IsTalos(root) ? "" : Remedy.IsPod(root) ? PodFix + "; or its kernel is not of Raspberry Pi's own tree" : "boot a kernel of Raspberry Pi's own tree (Raspberry Pi OS, Ubuntu's linux-raspi); where it is one, a container needs --device " + Nodes[1])
        : new Finding(FindingKind.Foreign, Nodes[0], Errno.Name(Errno.NoEntry), "This machine is no Raspberry Pi.", "");
}

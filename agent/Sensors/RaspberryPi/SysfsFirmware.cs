using Homelab.NodeAgent.Vcio;

namespace Homelab.NodeAgent.Sensors.RaspberryPi;

/// <summary>What a kernel without a mailbox device still tells: its own copy of the throttle word, as hexadecimal digits.</summary>
/// <remarks>Source: <c>get_throttled</c> of <c>drivers/firmware/raspberrypi.c</c> (Raspberry Pi kernel). The copy is of the kernel's last question, and that question clears
/// the bits since boot. Newer kernels warn once in their log when it is read, so it is the last resort.</remarks>
internal sealed class SysfsFirmware(HostRoot root, string file) : IFirmware
{
    private readonly PseudoPath _path = root.Locate(file);

    /// <summary>The file as the machine sees it; null when there is none.</summary>
    public static string? Find(HostRoot root)
    {
        const string platform = "/sys/devices/platform";
        foreach (var soc in root.List(platform, out _))
        {
            // soc on a Pi 4, soc@107c000000 on a Pi 5.
            if (!soc.StartsWith("soc", StringComparison.Ordinal))
                continue;
            foreach (var node in root.List(platform + "/" + soc, out _))
            {
                var file = platform + "/" + soc + "/" + node + "/get_throttled";
                if (node.EndsWith(":firmware", StringComparison.Ordinal) && root.ReadLine(file) is not null)
                    return file;
            }
        }
        return null;
    }

    public int Ask(ReadOnlySpan<byte> command, Span<byte> answer)
    {
        var prefix = "throttled=0x"u8;
        if (!command.SequenceEqual("get_throttled"u8) || answer.Length < prefix.Length)
            return -Errno.NotSupported;
        prefix.CopyTo(answer);
        var count = root.Files.Read(_path, answer[prefix.Length..]);
        return count < 0 ? count : prefix.Length + count;
    }
}

namespace Homelab.NodeAgent.Sensors;

/// <summary>Whether a host root is the machine that this process runs on: system calls and device files answer for that one only.</summary>
internal static class RunningKernel
{
    private const string BootId = "/proc/sys/kernel/random/boot_id";

    /// <summary>True on bare metal and for a host's folders mounted into a container; false for recorded files.</summary>
    public static bool IsOf(HostRoot root) => !root.IsElsewhere || (root.ReadLine(BootId) is { Length: > 0 } there && Own(root) == there);

    private static string? Own(HostRoot root)
    {
        Span<byte> buffer = stackalloc byte[64];
        var count = root.Files.Read(BootId, buffer);
        return count < 0 ? null : PseudoText.ToLine(buffer[..count]);
    }
}

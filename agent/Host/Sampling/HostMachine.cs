using System.Runtime.InteropServices;
using Homelab.NodeAgent.Sensors;

namespace Homelab.NodeAgent.Sampling;

/// <summary>What a host root says about the machine behind it.</summary>
internal static class HostMachine
{
    /// <summary>True for recorded files. A live kernel behind another root (a container's /host) has a process of its own or a uevent counter.</summary>
    public static bool IsReplay(HostRoot root) =>
        root.IsElsewhere && root.ReadLine("/proc/self/stat") is null && root.ReadLine("/sys/kernel/uevent_seqnum") is null;

    /// <summary>Go-style, as Kubernetes writes it; empty when a recording does not show it.</summary>
    public static string Architecture(HostRoot root)
    {
        if (!IsReplay(root))
            return Name(RuntimeInformation.OSArchitecture);
        Span<byte> text = stackalloc byte[4096];
        var count = root.Files.Read(root.Locate("/proc/cpuinfo"), text);
        var cpuInfo = count > 0 ? text[..count] : default;
        // x86 names a vendor; 64-bit ARM an implementer and architecture 8; 32-bit ARM an implementer and an older one.
        if (cpuInfo.IndexOf("vendor_id"u8) >= 0)
            return "amd64";
        if (cpuInfo.IndexOf("CPU implementer"u8) < 0)
            return "";
        return cpuInfo.IndexOf("CPU architecture: 8"u8) >= 0 ? "arm64" : "arm";
    }

    /// <summary>The host's own name. A container's /etc/hostname is its pod's, so another root is asked first.</summary>
    public static string Name(HostRoot root)
    {
        var own = root.IsElsewhere ? root.ReadLine("/etc/hostname") : null;
        return own is { Length: > 0 } ? own : Environment.MachineName;
    }

    private static string Name(Architecture architecture) => architecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "amd64",
        System.Runtime.InteropServices.Architecture.X86 => "386",
        System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
        System.Runtime.InteropServices.Architecture.Arm or System.Runtime.InteropServices.Architecture.Armv6 => "arm",
        System.Runtime.InteropServices.Architecture.RiscV64 => "riscv64",
        _ => architecture.ToString().ToLowerInvariant(),
    };
}

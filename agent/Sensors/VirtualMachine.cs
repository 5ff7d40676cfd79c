using System.Text;

namespace Homelab.NodeAgent.Sensors;

/// <summary>What kind of processor the findings talk about, from <c>/proc/cpuinfo</c>. For wording only.</summary>
internal static class VirtualMachine
{
    /// <summary>True when the processor announces a hypervisor (x86) or the firmware names one.</summary>
    public static bool IsGuest(HostRoot root)
    {
        if (CpuInfo(root).Contains(" hypervisor", StringComparison.Ordinal))
            return true;
        return root.ReadLine("/sys/class/dmi/id/sys_vendor") is "QEMU" or "VMware, Inc." or "innotek GmbH" or "Xen";
    }

    public static bool IsX86(HostRoot root) => CpuInfo(root).Contains("vendor_id", StringComparison.Ordinal);

    private static string CpuInfo(HostRoot root)
    {
        var buffer = new byte[8192];
        var count = root.Files.Read(root.Locate("/proc/cpuinfo"), buffer);
        return count < 0 ? "" : Encoding.UTF8.GetString(buffer, 0, count);
    }
}

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

    /// <summary>What the machine runs on; <c>none</c> for hardware. A container sees its host's word, as it does its boot id.</summary>
    /// <remarks>Source: DMI's <c>sys_vendor</c> and <c>product_name</c>, <c>/sys/hypervisor/type</c> (Xen), the device tree's <c>/hypervisor/compatible</c>, and the flag in cpuinfo.</remarks>
    public static string Word(HostRoot root)
    {
        var vendor = root.ReadLine("/sys/class/dmi/id/sys_vendor") ?? "";
        var product = root.ReadLine("/sys/class/dmi/id/product_name") ?? "";
        var word = vendor switch
        {
            "QEMU" => "kvm",
            "VMware, Inc." => "vmware",
            "innotek GmbH" => "virtualbox",
            "Xen" => "xen",
            "Microsoft Corporation" when product == "Virtual Machine" => "hyperv",
            "Apple Inc." when product.Contains("Virtualization", StringComparison.Ordinal) => "apple",
            _ when product is "KVM" or "Standard PC (Q35 + ICH9, 2009)" or "Standard PC (i440FX + PIIX, 1996)" => "kvm",
            _ => "",
        };
        if (word.Length > 0)
            return word;
        if (root.ReadLine("/sys/hypervisor/type") == "xen" && !CpuInfo(root).Contains("control_d", StringComparison.Ordinal) && IsGuest(root))
            return "xen";
        if (root.ReadLine("/proc/device-tree/hypervisor/compatible") is { Length: > 0 } compatible)
            return compatible.Contains("xen", StringComparison.Ordinal) ? "xen" : "kvm";
        return IsGuest(root) ? "vm" : "none";
    }

    public static bool IsX86(HostRoot root) => CpuInfo(root).Contains("vendor_id", StringComparison.Ordinal);

    private static string CpuInfo(HostRoot root)
    {
        var buffer = new byte[8192];
        var count = root.Files.Read(root.Locate("/proc/cpuinfo"), buffer);
        return count < 0 ? "" : Encoding.UTF8.GetString(buffer, 0, count);
    }
}

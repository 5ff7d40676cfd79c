using Homelab.NodeAgent.Nvml;

namespace Homelab.NodeAgent.Sensors.Nvidia;

/// <summary>Which NVIDIA GPUs the machine has, by sysfs alone: nothing is woken, loaded or opened.</summary>
internal static class NvidiaDevices
{
    private const string DevicesPath = "/sys/bus/pci/devices";

    /// <summary>PCI addresses of the GPUs that NVIDIA's driver has, in order.</summary>
    public static IReadOnlyList<string> Driven(HostRoot root) => [.. root.List(NvmlPaths.DriverFolder, out _).Where(NvmlPaths.IsAddress)];

    /// <summary>Why there is nothing to read.</summary>
    public static Finding Absence(HostRoot root)
    {
        foreach (var address in root.List(DevicesPath, out _))
        {
            var path = NvmlPaths.DeviceFolder(address);
            // Display controllers, with or without an output.
            if (root.ReadLine(path + "/vendor") != "0x10de" || root.ReadLine(path + "/class")?.StartsWith("0x03", StringComparison.Ordinal) != true)
                continue;
            var driver = root.Canonical(path + "/driver") is { } canonical ? canonical[(canonical.LastIndexOf('/') + 1)..] : "";
            return new Finding(FindingKind.Missing, path, "", driver switch
            {
                "" => "There is an NVIDIA GPU and no driver for it: its watts are not known.",
                "vfio-pci" => "The NVIDIA GPU is lent to a virtual machine: its watts are not known here.",
                _ => $"The NVIDIA GPU is driven by {driver}, which says less than NVIDIA's own driver.",
            }, driver == "" ? Driver(root) : "");
        }
        return new Finding(FindingKind.Foreign, NvmlPaths.DriverFolder, Errno.Name(Errno.NoEntry), "This machine has no NVIDIA GPU.", "");
    }

    private static string Driver(HostRoot root) => Remedy.IsTalos(root)
        ? "a Talos image with the extensions nvidia-open-gpu-kernel-modules and nvidia-container-toolkit, and KernelModuleConfig documents for nvidia and nvidia_uvm"
        : "install NVIDIA's driver (Debian: sudo apt install nvidia-driver)";
}

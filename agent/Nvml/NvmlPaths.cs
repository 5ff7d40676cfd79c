using System.Runtime.InteropServices;

namespace Homelab.NodeAgent.Nvml;

/// <summary>Where the library may lie, and where sysfs has the GPUs. The soname only: the plain <c>.so</c> comes with development files.</summary>
internal static class NvmlPaths
{
    /// <summary>The machine's folder that has an entry for each GPU that NVIDIA's driver has.</summary>
    public const string DriverFolder = "/sys/bus/pci/drivers/nvidia";

    private const string Library = "libnvidia-ml.so.1";

    private static readonly string Triplet = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "aarch64-linux-gnu" : "x86_64-linux-gnu";

    // Debian's alternatives are absolute links, which lead nowhere below another root: nvidia/current is what they point to.
    private static readonly string[] Folders =
    [
        "/usr/lib/" + Triplet,
        "/usr/lib/" + Triplet + "/nvidia/current",
        "/usr/lib64",
        "/usr/lib",
        "/run/opengl-driver/lib", // NixOS
        "/usr/local/nvidia/lib64", // managed Kubernetes
        "/usr/local/glibc/usr/lib", // Talos
        "/run/nvidia/driver/usr/lib/" + Triplet, // the GPU operator's driver container
        "/run/nvidia/driver/usr/lib64",
        "/usr/lib/wsl/lib",
    ];

    /// <summary>Names to load, best first.</summary>
    /// <param name="prefix">Of the host root: empty for the running machine, whose loader is asked first; else <c>/host</c>, whose own library fits its driver best.</param>
    public static IReadOnlyList<string> For(string prefix)
    {
        var found = Folders.Select(folder => prefix + folder + "/" + Library);
        return prefix.Length == 0 ? [Library, .. found] : [.. found, Library];
    }

    /// <summary>Whether an entry of <see cref="DriverFolder"/> is a device: <c>0000:01:00.0</c>.</summary>
    public static bool IsAddress(string name) => name.Length >= 12 && name[^2] == '.' && name[^5] == ':' && name[^8] == ':';

    /// <summary>The device's folder as the machine sees it.</summary>
    public static string DeviceFolder(string address) => "/sys/bus/pci/devices/" + address;
}

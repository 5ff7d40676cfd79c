namespace Homelab.NodeAgent.Sensors.Graphics;

/// <summary>A graphics card that no driver has: it draws, and nothing says how much.</summary>
internal static class IdleDisplay
{
    public const string Amd = "0x1002";
    public const string Intel = "0x8086";

    private const string DevicesPath = "/sys/bus/pci/devices";

    /// <summary>Where Intel's graphics inside the processor always is: in RAPL's package with or without a driver.</summary>
    private const string InsideIntel = "0000:00:02.0";

    /// <summary>Why there is nothing to read.</summary>
    /// <param name="root">The machine.</param>
    /// <param name="vendor">The PCI vendor as sysfs writes it.</param>
    /// <param name="absence">What to say where there is no such card.</param>
    /// <param name="module">The driver.</param>
    public static Finding Absence(HostRoot root, string vendor, string absence, string module)
    {
        foreach (var address in root.List(DevicesPath, out _))
        {
            var path = DevicesPath + "/" + address;
            if (address == InsideIntel || root.ReadLine(path + "/vendor") != vendor || root.ReadLine(path + "/class")?.StartsWith("0x03", StringComparison.Ordinal) != true)
                continue;
            if (root.Canonical(path + "/driver") is null)
                return new Finding(FindingKind.Missing, path, "", $"There is a graphics card and no driver for it: neither its watts nor its use are known ({module} would say them).", Fix(root, module));
        }
        return new Finding(FindingKind.Foreign, DrmCard.ClassPath, "", absence, "");
    }

    // Talos ships graphics drivers as extensions of its image.
    private static string Fix(HostRoot root, string module) => Remedy.IsTalos(root)
        ? $"a Talos image with the extension {(module == "amdgpu" ? "amdgpu" : "i915")}, then: " + Remedy.Load(root, module)
        : Remedy.Load(root, module);
}

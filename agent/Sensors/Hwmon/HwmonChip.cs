using System.Globalization;

namespace Homelab.NodeAgent.Sensors.Hwmon;

/// <summary>A <c>hwmonN</c> folder and who is behind it.</summary>
/// <param name="Name">The driver's name; <c>unnamed</c> when it gives none.</param>
/// <param name="Device">Path below /sys/devices without <c>hwmon/hwmonN</c>; <c>virtual</c> for a chip without a device.</param>
/// <param name="Folder">Where the channels are: the hwmon folder, or its <c>device</c> for old drivers.</param>
/// <param name="Files">The files in that folder.</param>
internal sealed record HwmonChip(string Name, string Device, string Folder, IReadOnlyList<string> Files)
{
    public const string DevicesPrefix = "/sys/devices/";

    private HashSet<string>? _names;

    /// <summary>Name and device: stable across boots, unlike the N in hwmonN.</summary>
    public string Key => Name + "@" + Device;

    /// <summary>The name that lm-sensors gives the chip.</summary>
    public string Alias { get; init; } = "";

    /// <summary>Whether the folder has this file. A power module has a thousand, and each channel asks for its neighbours.</summary>
    public bool Has(string file) => (_names ??= new HashSet<string>(Files, StringComparer.Ordinal)).Contains(file);

    /// <summary>True for the copy of a thermal zone that the thermal core registers here as well.</summary>
    public bool IsThermalZone => Device.Split('/').Any(static part => IsNumbered(part, "thermal_zone"));

    /// <summary>Looks at a folder of <c>/sys/class/hwmon</c>; null when it can not be listed.</summary>
    public static HwmonChip? Read(HostRoot root, string classFolder, out int errno)
    {
        var files = root.List(classFolder, out errno);
        if (errno != 0)
            return null;
        var folder = classFolder;
        var parent = classFolder + "/device";
        var name = files.Contains("name") ? root.ReadLine(classFolder + "/name") : root.ReadLine(parent + "/name");
        // Old drivers (applesmc) leave the hwmon folder bare and put their channels on the device.
        if (!files.Any(static file => HwmonAttribute.TryParse(file, out _)) && root.List(parent, out var parentErrno) is var below && parentErrno == 0)
            (folder, files) = (parent, below);
        var known = name is { Length: > 0 } ? name : "unnamed";
        var device = DeviceOf(root, classFolder);
        return new HwmonChip(known, device, folder, files) { Alias = ChipAlias.Of(root, known, device) };
    }

    /// <summary>The PCI function that the chip is on, as a machine path; null when it is on none.</summary>
    public string? PciDevice
    {
        get
        {
            var parts = Device.Split('/');
            var last = Array.FindLastIndex(parts, static part => part.Length >= 12 && part[^2] == '.' && part[^5] == ':' && part[^8] == ':');
            return last < 0 ? null : DevicesPrefix + string.Join('/', parts[..(last + 1)]);
        }
    }

    private static string DeviceOf(HostRoot root, string classFolder)
    {
        var canonical = root.Canonical(classFolder + "/device") ?? root.Canonical(classFolder);
        if (canonical is null || !canonical.StartsWith(DevicesPrefix, StringComparison.Ordinal))
            return "virtual";
        var parts = canonical[DevicesPrefix.Length..].Split('/').ToList();
        if (IsNumbered(parts[^1], "hwmon"))
            parts.RemoveAt(parts.Count - 1);
        if (parts.Count > 0 && parts[^1] == "hwmon")
            parts.RemoveAt(parts.Count - 1);
        return parts.Count == 0 ? "virtual" : string.Join('/', parts);
    }

    private static bool IsNumbered(string part, string prefix) =>
        part.StartsWith(prefix, StringComparison.Ordinal)
        && int.TryParse(part.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out _);
}

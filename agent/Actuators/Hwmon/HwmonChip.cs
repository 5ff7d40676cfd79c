namespace Homelab.NodeAgent.Actuators.Hwmon;

/// <summary>A monitoring chip as limiters look for it.</summary>
/// <param name="Folder">Behind the class link.</param>
/// <param name="Device">The device's own path; null where it has none. Stable across boots, unlike the chip's number.</param>
internal sealed record HwmonChip(string Name, string Folder, string? Device)
{
    private const string ClassPath = "/sys/class/hwmon";

    /// <summary>PCI address or platform name; the folder's name without a device.</summary>
    public string DeviceName => System.IO.Path.GetFileName(Device ?? Folder);

    /// <summary>All chips of a driver, in the order of their device paths.</summary>
    public static List<HwmonChip> Of(ControlTree tree, string driver)
    {
        var chips = new List<HwmonChip>();
        foreach (var entry in tree.Numbered(ClassPath, "hwmon"))
        {
            var link = ClassPath + "/" + entry;
            var folder = tree.Behind(link);
            var name = tree.Line(folder + "/name") ?? tree.Line(folder + "/device/name");
            if (name == driver)
                chips.Add(new HwmonChip(name, folder, tree.Root.Canonical(link + "/device")));
        }
        chips.Sort(static (left, right) => string.CompareOrdinal(left.Device ?? left.Folder, right.Device ?? right.Folder));
        return chips;
    }

    /// <summary>A file of the chip; drivers of old keep theirs on the device.</summary>
    public ControlFile? Find(ControlTree tree, string name) => tree.Find(Folder, name) ?? (Device is null ? tree.Find(Folder + "/device", name) : tree.Find(Device, name));

    /// <summary>A file of the device behind the chip.</summary>
    public ControlFile? FindOnDevice(ControlTree tree, string name) => tree.Find(Device ?? Folder + "/device", name);

    /// <summary>Powered down: reading or writing it would wake it, and costs more than any limit saves.</summary>
    public bool IsAsleep(ControlTree tree) => tree.Line((Device ?? Folder + "/device") + "/power/runtime_status") is "suspended" or "suspending";

    public ControlFailure Asleep() =>
        new(LimiterState.Faulted, $"{Device ?? Folder}: the device sleeps; its limit is read when it wakes by itself");
}

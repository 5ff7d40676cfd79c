namespace Homelab.NodeAgent.Sensors.Graphics;

/// <summary>A GPU that the kernel's graphics core lists, by sysfs alone: nothing is woken.</summary>
/// <param name="Path">Its class folder, <c>/sys/class/drm/card0</c>.</param>
/// <param name="Device">Path of its device below <c>/sys/devices</c>: stable across boots, unlike the N in cardN.</param>
/// <param name="Driver"><c>amdgpu</c>, <c>i915</c>, <c>xe</c>, …; empty when it has none.</param>
internal sealed record DrmCard(string Path, string Device, string Driver)
{
    public const string ClassPath = "/sys/class/drm";

    private const string DevicesPrefix = "/sys/devices/";

    /// <summary>The device's folder as the machine sees it.</summary>
    public string DevicePath => DevicesPrefix + Device;

    /// <summary>Name of the device in an inventory; of the same form as its hwmon chip's.</summary>
    public string Key => Driver + "@" + Device;

    /// <summary>The cards of some drivers, in order of their device; connectors (<c>card0-HDMI-A-1</c>) are none.</summary>
    public static IReadOnlyList<DrmCard> Of(HostRoot root, params ReadOnlySpan<string> drivers)
    {
        var cards = new List<DrmCard>();
        foreach (var (entry, _) in NumberedEntries.Of(root.List(ClassPath, out _), "card"))
        {
            var path = ClassPath + "/" + entry;
            if (root.Canonical(path + "/device") is not { } device || !device.StartsWith(DevicesPrefix, StringComparison.Ordinal)
                || root.Canonical(path + "/device/driver") is not { } driver)
            {
                continue;
            }
            var name = driver[(driver.LastIndexOf('/') + 1)..];
            if (drivers.IndexOf(name) >= 0)
                cards.Add(new DrmCard(path, device[DevicesPrefix.Length..], name));
        }
        cards.Sort(static (left, right) => string.CompareOrdinal(left.Device, right.Device));
        return cards;
    }
}

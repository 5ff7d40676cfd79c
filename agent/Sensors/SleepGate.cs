using Homelab.Units;

namespace Homelab.NodeAgent.Sensors;

/// <summary>Whether a PCI device is in runtime suspend, asked of the power-management core and so without waking the device; once per pass for all its channels.</summary>
/// <remarks>Source: <c>Documentation/ABI/testing/sysfs-devices-power</c>, <c>power/runtime_status</c>. Reading a sleeping GPU's own files
/// powers it up: 20 W and more for as long as it is polled.</remarks>
internal sealed class SleepGate(HostRoot root, string devicePath)
{
    public static readonly Reading Asleep = Reading.None(Quality.Asleep, "runtime-suspended; a read would wake it");

    private readonly SharedFile _status = new(root, devicePath + "/power/runtime_status", 32);

    /// <summary>False when the device is active, has no runtime power management, or does not say.</summary>
    /// <param name="used">The caller's place, as in <see cref="SharedFile.Read"/>.</param>
    public bool IsAsleep(ref uint used)
    {
        _ = _status.Read(ref used, out var text);
        return text.TrimEnd((byte)'\n').SequenceEqual("suspended"u8);
    }
}

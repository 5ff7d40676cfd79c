using Homelab.Units;

namespace Homelab.NodeAgent.Sensors;

/// <summary>Whether a PCI device is in runtime suspend, asked of the power-management core and so without waking the device.</summary>
/// <remarks>Source: <c>Documentation/ABI/testing/sysfs-devices-power</c>, <c>power/runtime_status</c>. Reading a sleeping GPU's own files
/// powers it up: 20 W and more for as long as it is polled.</remarks>
internal sealed class SleepGate(HostRoot root, string devicePath)
{
    public static readonly Reading Asleep = Reading.None(Quality.Asleep, "runtime-suspended; a read would wake it");

    private readonly PseudoPath _status = root.Locate(devicePath + "/power/runtime_status");

    /// <summary>False when the device is active, has no runtime power management, or does not say.</summary>
    public bool IsAsleep()
    {
        Span<byte> buffer = stackalloc byte[32];
        var count = root.Files.Read(_status, buffer);
        return count > 0 && buffer[..count].TrimEnd((byte)'\n').SequenceEqual("suspended"u8);
    }
}

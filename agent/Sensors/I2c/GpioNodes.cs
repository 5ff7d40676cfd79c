using Homelab.NodeAgent.Gpio;

namespace Homelab.NodeAgent.Sensors.I2c;

/// <summary>Finds the chip that a line's name means.</summary>
internal static class GpioNodes
{
    /// <summary>The path to open; null when no chip has this name or label. The first, where several have the label.</summary>
    /// <param name="node">As the machine has it, <c>/dev/gpiochip0</c>.</param>
    public static string? Find(HostRoot root, IGpioCalls calls, GpioLineName name, out string node)
    {
        if (name.IsNode)
        {
            node = "/dev/" + name.Chip;
            return DeviceNode.Locate(root, node);
        }
        foreach (var (entry, _) in NumberedEntries.Of(DeviceNode.List(root), "gpiochip"))
        {
            node = "/dev/" + entry;
            if (DeviceNode.Locate(root, node) is { } path && GpioChip.Look(calls, path, out _, out var label, out _) == 0 && label == name.Chip)
                return path;
        }
        node = "";
        return null;
    }
}

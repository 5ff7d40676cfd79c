using Homelab.NodeAgent.HostFiles;

namespace Homelab.NodeAgent.Gpio;

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
        foreach (var entry in DeviceNode.List(root))
        {
            node = "/dev/" + entry;
            if (entry.StartsWith("gpiochip", StringComparison.Ordinal) && DeviceNode.Locate(root, node) is { } path
                && GpioChip.Look(calls, path, out _, out var label, out _) == 0 && label == name.Chip)
                return path;
        }
        node = "";
        return null;
    }
}

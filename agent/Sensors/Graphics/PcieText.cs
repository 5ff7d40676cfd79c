using System.Buffers.Text;

namespace Homelab.NodeAgent.Sensors.Graphics;

/// <summary>The texts of a PCI device's link: <c>16.0 GT/s PCIe</c>, and <c>Unknown</c> where the kernel knows none.</summary>
/// <remarks>Source: Documentation/ABI/testing/sysfs-bus-pci, <c>current_link_speed</c>.</remarks>
internal static class PcieText
{
    /// <summary>The generation of PCIe that has this speed, in millionths; null for any other text.</summary>
    public static long? Generation(ReadOnlySpan<byte> text)
    {
        if (!Utf8Parser.TryParse(text, out double speed, out var used) || !text[used..].TrimStart((byte)' ').StartsWith("GT/s"u8))
            return null;
        return speed switch
        {
            2.5 => 1_000_000,
            5 => 2_000_000,
            8 => 3_000_000,
            16 => 4_000_000,
            32 => 5_000_000,
            64 => 6_000_000,
            128 => 7_000_000,
            _ => null,
        };
    }
}

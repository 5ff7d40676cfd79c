using System.Buffers.Text;

namespace Homelab.NodeAgent.Sensors.Graphics;

/// <summary>amdgpu's table of a clock's levels: a line each, <c>1: 991Mhz *</c>, the star at the one in use.</summary>
/// <remarks>Source: Documentation/gpu/amdgpu/thermal.rst, <c>pp_dpm_*</c>. A card in a deep idle state marks none, or adds a line <c>S: 19Mhz *</c>.</remarks>
internal static class DpmText
{
    /// <summary>The clock in use, µHz; null when no line is marked.</summary>
    public static long? Current(ReadOnlySpan<byte> text) => Find(text, onlyMarked: true);

    /// <summary>The highest level, µHz.</summary>
    public static long? Highest(ReadOnlySpan<byte> text) => Find(text, onlyMarked: false);

    private static long? Find(ReadOnlySpan<byte> text, bool onlyMarked)
    {
        long? highest = null;
        foreach (var range in text.Split((byte)'\n'))
        {
            var line = text[range];
            var colon = line.IndexOf((byte)':');
            if (colon < 0 || (onlyMarked && line.IndexOf((byte)'*') < 0))
                continue;
            var rest = line[(colon + 1)..].TrimStart((byte)' ');
            if (!Utf8Parser.TryParse(rest, out int megahertz, out var used) || megahertz < 0 || !IsUnit(rest[used..]))
                continue;
            highest = Math.Max(highest ?? 0, megahertz * 1_000_000_000_000L);
        }
        return highest;
    }

    private static bool IsUnit(ReadOnlySpan<byte> text) => text.StartsWith("Mhz"u8) || text.StartsWith("MHz"u8);
}

using System.Buffers.Text;
using System.Text;

namespace Homelab.NodeAgent.Sensors;

/// <summary>The text of kernel files as values. Pure, except for the two readers that discovery uses.</summary>
internal static class PseudoText
{
    /// <summary>A whole decimal integer with optional minus sign; space, newline and NUL may follow, space may lead. Nothing else parses.</summary>
    public static bool TryInteger(ReadOnlySpan<byte> text, out long value)
    {
        text = text.TrimStart(" \t"u8).TrimEnd(" \t\r\n\0"u8);
        if (Utf8Parser.TryParse(text, out value, out var used) && used == text.Length && text[0] != (byte)'+')
            return true;
        value = 0;
        return false;
    }

    /// <summary>One line of text for people: trimmed, UTF-8 repaired, control characters dropped. Firmware writes what it likes into labels.</summary>
    public static string ToLine(ReadOnlySpan<byte> text)
    {
        var decoded = Encoding.UTF8.GetString(text);
        return string.Concat(decoded.Where(static c => !char.IsControl(c))).Trim();
    }

    /// <summary>The first 256 bytes of a file as one line; null when it can not be read.</summary>
    public static string? ReadLine(this HostRoot root, string machinePath)
    {
        Span<byte> buffer = stackalloc byte[256];
        var count = root.Files.Read(root.Locate(machinePath), buffer);
        return count < 0 ? null : ToLine(buffer[..count]);
    }

    /// <summary>The integer in a file. The errno is 0 when the file was read, even if it holds no integer.</summary>
    public static long? ReadInteger(this HostRoot root, string machinePath, out int errno)
    {
        Span<byte> buffer = stackalloc byte[64];
        var count = root.Files.Read(root.Locate(machinePath), buffer);
        errno = count < 0 ? -count : 0;
        return count >= 0 && TryInteger(buffer[..count], out var value) ? value : null;
    }

    /// <summary>The integer in a file, or null for any reason.</summary>
    public static long? ReadInteger(this HostRoot root, string machinePath) => root.ReadInteger(machinePath, out _);
}

using System.Globalization;
using System.Text;

namespace Homelab.NodeAgent.Actuators;

/// <summary>Lines of text with a closing line that counts and sums them: a file that was torn, cut or edited does not parse.</summary>
internal static class SealedLines
{
    /// <summary>First line <c>kind</c>, then the lines, then <c>end COUNT CRC32</c>. Lines hold no newline: see <see cref="Escape"/>.</summary>
    public static byte[] Seal(string kind, IReadOnlyList<string> lines)
    {
        var text = new StringBuilder(kind).Append('\n');
        foreach (var line in lines)
            text.Append(line).Append('\n');
        var sum = Crc32(Encoding.UTF8.GetBytes(text.ToString()));
        text.Append(CultureInfo.InvariantCulture, $"end {lines.Count} {sum:x8}\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>The lines between; null for anything that <see cref="Seal"/> did not write.</summary>
    public static string[]? Open(string kind, ReadOnlySpan<byte> file)
    {
        if (file.Length == 0 || file[^1] != (byte)'\n')
            return null;
        var end = file[..^1].LastIndexOf((byte)'\n') + 1;
        var lines = Encoding.UTF8.GetString(file[..end]).Split('\n');
        var count = lines.Length - 2;
        var seal = string.Create(CultureInfo.InvariantCulture, $"end {count} {Crc32(file[..end]):x8}\n");
        return count >= 0 && lines[0] == kind && Encoding.UTF8.GetString(file[end..]) == seal ? lines[1..^1] : null;
    }

    /// <summary>Text without newline, carriage return or tab.</summary>
    public static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)
            .Replace("\r", "\\r", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal);

    public static string Unescape(string text)
    {
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
                plain.Append(text[i]);
            else
                plain.Append(text[++i] switch { 'n' => '\n', 'r' => '\r', 't' => '\t', var other => other });
        }
        return plain.ToString();
    }

    /// <summary>CRC-32 of IEEE 802.3, reflected.</summary>
    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var sum = uint.MaxValue;
        foreach (var b in bytes)
        {
            sum ^= b;
            for (var bit = 0; bit < 8; bit++)
                sum = (sum & 1) != 0 ? (sum >> 1) ^ 0xEDB88320 : sum >> 1;
        }
        return ~sum;
    }
}

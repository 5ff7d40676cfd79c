using System.Buffers.Text;

namespace Homelab.NodeAgent.Sensors.Pressure;

/// <summary>Text of <c>/proc/pressure/*</c>: lines of <c>some avg10=0.00 avg60=0.00 avg300=0.00 total=0</c>.</summary>
internal static class PressureText
{
    /// <summary>The 10-second mean of a line (<c>some</c> or <c>full</c>) as millionths of a ratio; false when it is not there or not 0.00 to 100.00.</summary>
    public static bool TryAverage(ReadOnlySpan<byte> text, ReadOnlySpan<byte> line, out long micros)
    {
        micros = 0;
        var field = Field(text, line, "avg10="u8);
        var dot = field.IndexOf((byte)'.');
        // Two decimals of a percent, always (kernel/sched/psi.c).
        if (dot <= 0 || field.Length != dot + 3
            || !Utf8Parser.TryParse(field[..dot], out uint whole, out var used) || used != dot
            || !Utf8Parser.TryParse(field[(dot + 1)..], out uint hundredths, out used) || used != 2)
        {
            return false;
        }
        micros = ((whole * 100L) + hundredths) * 100;
        return micros <= 1_000_000;
    }

    /// <summary>The stall time of a line since boot, in microseconds.</summary>
    public static bool TryTotal(ReadOnlySpan<byte> text, ReadOnlySpan<byte> line, out long micros)
    {
        var field = Field(text, line, "total="u8);
        return Utf8Parser.TryParse(field, out micros, out var used) && used == field.Length && micros >= 0;
    }

    private static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> text, ReadOnlySpan<byte> line, ReadOnlySpan<byte> key)
    {
        while (!text.IsEmpty)
        {
            var end = text.IndexOf((byte)'\n');
            var current = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            if (!current.StartsWith(line) || current.Length <= line.Length || current[line.Length] != (byte)' ')
                continue;
            var at = current.IndexOf(key);
            if (at < 0)
                return default;
            var field = current[(at + key.Length)..];
            var space = field.IndexOf((byte)' ');
            return space < 0 ? field : field[..space];
        }
        return default;
    }
}

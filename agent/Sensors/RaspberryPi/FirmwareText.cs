using System.Buffers.Text;

namespace Homelab.NodeAgent.Sensors.RaspberryPi;

/// <summary>Answers of the VideoCore firmware: <c>throttled=0x50005</c>, <c>temp=42.3'C</c>, <c>volt=0.8749V</c>, <c>frequency(0)=2400000000</c>. Pure.</summary>
internal static class FirmwareText
{
    /// <summary>The hexadecimal word after <c>throttled=0x</c>; false for anything else.</summary>
    public static bool TryThrottled(ReadOnlySpan<byte> text, out uint word)
    {
        var prefix = "throttled=0x"u8;
        word = 0;
        if (!text.StartsWith(prefix))
            return false;
        return TryHexadecimal(text[prefix.Length..].TrimEnd("\n\0 "u8), out word);
    }

    /// <summary>1 to 8 hexadecimal digits and nothing else.</summary>
    public static bool TryHexadecimal(ReadOnlySpan<byte> text, out uint word) =>
        Utf8Parser.TryParse(text, out word, out var used, 'X') & (used == text.Length && used is > 0 and <= 8);

    /// <summary>The decimal number after the first <c>=</c>, in millionths; what follows it is its unit. False for <c>nan</c>, for no number, and for one that does not fit.</summary>
    public static bool TryNumber(ReadOnlySpan<byte> text, out long micros)
    {
        micros = 0;
        var equals = text.IndexOf((byte)'=');
        return equals >= 0 && TryDecimal(text[(equals + 1)..], out micros);
    }

    /// <summary>A decimal number at the start of the text, in millionths, rounded half away from zero at the seventh place.</summary>
    private static bool TryDecimal(ReadOnlySpan<byte> text, out long micros)
    {
        const long most = long.MaxValue / 1_000_000 / 10;
        micros = 0;
        var isNegative = text.StartsWith("-"u8);
        if (isNegative)
            text = text[1..];
        var whole = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (whole < 0)
            whole = text.Length;
        if (!Utf8Parser.TryParse(text[..whole], out long value, out var used) || used != whole || value > most)
            return false;
        value *= 1_000_000;
        if (whole + 1 < text.Length && text[whole] == '.')
            value += Fraction(text[(whole + 1)..]);
        micros = isNegative ? -value : value;
        return true;
    }

    private static long Fraction(ReadOnlySpan<byte> digits)
    {
        long value = 0, weight = 100_000;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9')
                break;
            if (weight == 0)
                return value + (digit >= '5' ? 1 : 0);
            value += (digit - '0') * weight;
            weight /= 10;
        }
        return value;
    }
}

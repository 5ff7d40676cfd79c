namespace Homelab.NodeAgent.Sensors.I2c;

/// <summary>Numbers with a unit as people write them on a schematic: <c>2mOhm</c>, <c>0.1Ω</c>, <c>10A</c>, <c>500mA</c>. Pure and exact: no binary fractions.</summary>
internal static class MetricText
{
    private const int MostDigits = 15;

    /// <summary>Billionths of an ohm; null when the text is no resistance above zero.</summary>
    public static long? Nanoohms(string text) => Number(text, 9, "Ohm", "ohm", "Ω", "\u2126");

    /// <summary>Millionths of an ampere; null when the text is no current above zero.</summary>
    public static long? Microamperes(string text) => Number(text, 6, "A");

    /// <summary>Millionths of a watt; null when the text is no power above zero.</summary>
    public static long? Microwatts(string text) => Number(text, 6, "W");

    private static long? Number(string text, int resolution, params ReadOnlySpan<string> units)
    {
        foreach (var unit in units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal))
                return Number(text.AsSpan(0, text.Length - unit.Length), resolution);
        }
        return null;
    }

    /// <summary>Digits, perhaps with a point, and perhaps a prefix behind them.</summary>
    private static long? Number(ReadOnlySpan<char> text, int resolution)
    {
        var exponent = resolution + Prefix(ref text);
        var (digits, value, hasPoint) = (0, 0L, false);
        foreach (var letter in text)
        {
            if (letter == '.' && !hasPoint)
            {
                hasPoint = true;
                continue;
            }
            if (!char.IsAsciiDigit(letter) || ++digits > MostDigits)
                return null;
            value = (value * 10) + (letter - '0');
            if (hasPoint)
                exponent--;
        }
        return digits == 0 ? null : Raise(value, exponent);
    }

    private static int Prefix(ref ReadOnlySpan<char> text)
    {
        var exponent = text.Length == 0 ? 0 : text[^1] switch { 'n' => -9, 'u' or 'µ' or 'μ' => -6, 'm' => -3, 'k' => 3, _ => 0 };
        if (exponent != 0)
            text = text[..^1];
        return exponent;
    }

    /// <summary>Null for zero, for what does not fit and for what is finer than the resolution.</summary>
    private static long? Raise(long value, int exponent)
    {
        Int128 scaled = value;
        for (; exponent > 0 && scaled < long.MaxValue; exponent--)
            scaled *= 10;
        for (; exponent < 0; exponent++)
        {
            if (scaled % 10 != 0)
                return null;
            scaled /= 10;
        }
        return scaled > 0 && scaled <= long.MaxValue ? (long)scaled : null;
    }
}

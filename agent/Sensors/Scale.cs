namespace Homelab.NodeAgent.Sensors;

/// <summary>How a file's integer becomes millionths of the base unit: <c>raw × Multiply ÷ Divide</c>.</summary>
internal readonly record struct Scale(long Multiply, long Divide = 1)
{
    /// <summary>The file is in millionths already: µW, µJ, µV.</summary>
    public static readonly Scale Micro = new(1);

    /// <summary>The file is in thousandths: m°C, mV, mA, ms.</summary>
    public static readonly Scale Milli = new(1_000);

    /// <summary>The file is in base units: rpm, Hz, flags.</summary>
    public static readonly Scale One = new(1_000_000);

    /// <summary>The file is in thousands: kHz.</summary>
    public static readonly Scale Kilo = new(1_000_000_000);

    /// <summary>A PWM duty of 0 to 255 as a ratio.</summary>
    public static readonly Scale Byte = new(1_000_000, 255);

    /// <summary>Thousandths of a percent as a ratio: hwmon humidity.</summary>
    public static readonly Scale MilliPercent = new(10);

    /// <returns>Millionths, truncated toward zero; the nearest end of the range when they do not fit.</returns>
    public long Apply(long raw)
    {
        var scaled = (Int128)raw * Multiply / Divide;
        return scaled > long.MaxValue ? long.MaxValue : scaled < long.MinValue ? long.MinValue : (long)scaled;
    }
}

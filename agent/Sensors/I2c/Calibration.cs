namespace Homelab.NodeAgent.Sensors.I2c;

/// <summary>What makes a chip's current and power registers mean amperes and watts: shunt and calibration register. Pure.</summary>
/// <remarks>All scales follow from the register's whole number, not from the current step that was wished for: the chip multiplies with what it holds.</remarks>
internal static class Calibration
{
    /// <summary>Range up to which an INA228 measures finer (ADCRANGE = 1), in microvolts.</summary>
    private const long FineScale = 40_960;

    /// <summary>The calibration register. INA219: 0.04096 / (I_LSB · R), INA226: 0.00512 / (I_LSB · R), I_LSB = range / 2¹⁵; INA228: 13107.2·10⁶ · I_LSB · R, I_LSB = range / 2¹⁹, four times
    /// that in its finer range. Without a range the current register counts as the shunt register does: the converter's whole scale.</summary>
    public static long Of(MonitorSpec spec)
    {
        var isFine = IsFine(spec);
        if (spec.Range is not { } range)
            return spec.Kind == MonitorKind.Ina226 ? 2048 : 4096;
        // µA × nΩ = 10⁻¹⁵ V.
        var drop = (Int128)range.Microamperes * spec.Shunts[0].Nanoohms;
        return spec.Kind switch
        {
            // Bit 0 is not there.
            MonitorKind.Ina219 => (long)(1_342_177_280_000_000_000 / drop) & ~1L,
            MonitorKind.Ina226 => (long)(167_772_160_000_000_000 / drop),
            _ => Fixed.Divide(drop * 25 * (isFine ? 4 : 1), 1_000_000_000_000),
        };
    }

    public static bool IsFine(MonitorSpec spec) => spec is { Kind: MonitorKind.Ina228, Range: { } range }
        && (Int128)range.Microamperes * spec.Shunts[0].Nanoohms <= (Int128)FineScale * 1_000_000_000;

    /// <summary>Microamperes per bit of the current register.</summary>
    public static Ratio CurrentStep(MonitorSpec spec)
    {
        var (calibration, shunt) = (Of(spec), (Int128)spec.Shunts[0].Nanoohms);
        return spec.Kind switch
        {
            MonitorKind.Ina219 => new Ratio(40_960_000_000_000, calibration * shunt),
            MonitorKind.Ina226 => new Ratio(5_120_000_000_000, calibration * shunt),
            MonitorKind.Ina260 => new Ratio(1_250, 1),
            _ => new Ratio((Int128)calibration * 10_000_000_000, shunt * 131_072 * (IsFine(spec) ? 4 : 1)),
        };
    }

    /// <summary>Microwatts per bit of the power register.</summary>
    public static Ratio PowerStep(MonitorSpec spec) => spec.Kind switch
    {
        MonitorKind.Ina219 => CurrentStep(spec).Times(20),
        MonitorKind.Ina226 => CurrentStep(spec).Times(25),
        MonitorKind.Ina260 => new Ratio(10_000, 1),
        _ => CurrentStep(spec).Times(16, 5),
    };

    /// <summary>The register that the ALERT pin compares power with: bits of the power register, of an INA228 256 of them.</summary>
    public static long AlertLimit(MonitorSpec spec)
    {
        if (spec.Limit is not { } limit)
            return 0;
        var step = PowerStep(spec);
        return Fixed.Divide(limit.Microwatts * step.Divide, step.Multiply * (spec.Kind == MonitorKind.Ina228 ? 256 : 1));
    }
}

/// <summary>An exact scale, <c>raw × Multiply ÷ Divide</c>.</summary>
internal readonly record struct Ratio(Int128 Multiply, Int128 Divide)
{
    public Ratio Times(int factor, int divisor = 1) => new(Multiply * factor, Divide * divisor);

    /// <returns>The nearest whole number, halves away from zero.</returns>
    public long Apply(long raw) => Fixed.Divide(raw * Multiply, Divide);
}

/// <summary>Whole-number division as instruments round.</summary>
internal static class Fixed
{
    /// <param name="divisor">Above zero.</param>
    /// <returns>The nearest whole number, halves away from zero; the nearest end of the range when it does not fit.</returns>
    public static long Divide(Int128 value, Int128 divisor)
    {
        var half = divisor / 2;
        var result = value >= 0 ? (value + half) / divisor : (value - half) / divisor;
        return result > long.MaxValue ? long.MaxValue : result < long.MinValue ? long.MinValue : (long)result;
    }
}

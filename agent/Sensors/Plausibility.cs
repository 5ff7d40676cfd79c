using Homelab.Units;

namespace Homelab.NodeAgent.Sensors;

/// <summary>A closed range that a reading of a kind can be in, and the words for one that is not.</summary>
/// <param name="Low">Millionths of the base unit.</param>
/// <param name="High">Millionths of the base unit.</param>
/// <param name="Detail">Says the range and the usual cause.</param>
internal sealed record Bounds(long Low, long High, string Detail)
{
    /// <summary>Null when the value is inside; otherwise the constant text to report.</summary>
    public string? Reject(long micros) => micros < Low || micros > High ? Detail : Plausibility.RejectSentinel(this, micros);
}

/// <summary>What numbers can not be measurements. Every bound here has a recorded driver or firmware that broke it.</summary>
/// <remarks>Bounds are wide on purpose: they catch sentinels, unset registers and 1000-fold unit errors, never an unusual but real machine.</remarks>
internal static class Plausibility
{
    private const long Unit = 1_000_000;

    // -44 °C is in a real ACPI zone's recording and passes; -55 is how several chips say "disabled"; -273.15 and -274 are the kernel's "no value"
    // (THERMAL_TEMP_INVALID); 3.9e6 °C came from a driver that scaled twice. A package that reads above 150 °C has long cut its own power.
    private static readonly Bounds TemperatureGauge = new(-50 * Unit, 150 * Unit, "outside -50 to 150 °C: a sentinel or a broken sensor");

    // NVMe writes 65261.85 (0xFFFF kelvin) for "no limit" and -273.15 for "no lower limit"; a crit of exactly +200 is a default nobody set;
    // +160 is a real voltage regulator's.
    private static readonly Bounds TemperatureLimit = new(-60 * Unit, (200 * Unit) - 1, "outside -60 to 200 °C: the firmware's word for \"not set\"");

    // Nuvoton's auxiliary inputs float at 110 to 127 °C when no thermistor is fitted.
    private static readonly Bounds AuxiliaryInput = new(-50 * Unit, (110 * Unit) - 1, "110 °C or more on an auxiliary input: no thermistor is connected");

    // 0xFFFFFFFF mW (4.29 MW), 0xFFFFFFFF µW (4294.97 W), 3.69e12 W spikes and 1000-fold unit errors are all above; negative is a reversed shunt.
    private static readonly Bounds PowerGauge = new(-4_000 * Unit, 4_000 * Unit, "outside ±4000 W: a sentinel, a spike or a unit error of the driver");

    // Unset RAPL registers read 3408 W and 4090 W.
    private static readonly Bounds PowerLimit = new(0, 2_000 * Unit, "above 2000 W: the firmware's word for \"no limit\"");

    private static readonly Bounds GpuPower = new(0, 4_000 * Unit, "outside 0 to 4000 W: a sentinel or a unit error of the driver");

    // Its regulators' telemetry is of the chip that asks for it: on boards and chips that it does not fit, both rails read 0 for ever.
    private static readonly Bounds RegulatorPower = new(1, 4_000 * Unit, "0 W or less of a processor that runs: the regulator's telemetry is not there");

    // 3000000000 rpm is recorded; 65535 is a counter that ran out. Server fans reach 30,000.
    private static readonly Bounds Fan = new(0, 50_000 * Unit, "above 50000 rpm: a counter that ran over");

    // Negative rails (-12 V) and mains at the input of a power supply are real.
    private static readonly Bounds Voltage = new(-100 * Unit, 1_000 * Unit, "outside -100 to 1000 V: a unit error or a sentinel");

    // A shunt wired the other way round reads negative: real.
    private static readonly Bounds Current = new(-1_000 * Unit, 1_000 * Unit, "outside ±1000 A: a unit error or a sentinel");

    private static readonly Bounds Frequency = new(0, 50_000_000_000 * Unit, "outside 0 to 50 GHz");

    /// <summary>Of a PCIe link. The register reads 63 where the device does not answer, and the kernel writes 255 for what it does not know.</summary>
    public static readonly Bounds Lanes = new(Unit, 32 * Unit, "no width of a link");

    private static readonly Bounds Ratio = new(0, Unit, "outside 0 to 1 of its range");

    private static readonly Bounds State = new(0, Unit, "neither 0 nor 1");

    // The highest number there is was either cut off at it or is a driver's word for "none".
    private static readonly Bounds NotNegative = new(0, long.MaxValue - 1, "negative, or more than can be counted");

    private static readonly Bounds Anything = new(long.MinValue, long.MaxValue, "");

    /// <summary>The bounds of a quantity; for a counter only that it is not negative.</summary>
    public static Bounds For(Quantity quantity, SensorShape shape) => (quantity, shape) switch
    {
        (Quantity.Energy or Quantity.Duration or Quantity.Information, _) or (_, SensorShape.Counter) => NotNegative,
        (Quantity.Temperature, SensorShape.Limit) => TemperatureLimit,
        (Quantity.Temperature, _) => TemperatureGauge,
        (Quantity.Power, SensorShape.Limit) => PowerLimit,
        (Quantity.Power, _) => PowerGauge,
        (Quantity.RotationSpeed, _) => Fan,
        (Quantity.Voltage, _) => Voltage,
        (Quantity.Current, _) => Current,
        (Quantity.Frequency, _) => Frequency,
        (Quantity.Ratio, _) => Ratio,
        (Quantity.State, _) => State,
        _ => Anything,
    };

    /// <summary>Bounds of a hwmon channel, narrowed by what its chip and label are known to do.</summary>
    public static Bounds ForHwmon(Quantity quantity, SensorShape shape, string chip, string label) => (quantity, shape) switch
    {
        (Quantity.Temperature, SensorShape.Gauge) when label.StartsWith("AUXTIN", StringComparison.Ordinal) => AuxiliaryInput,
        (Quantity.Power, SensorShape.Gauge) when chip == "amdgpu" => GpuPower,
        (Quantity.Power, SensorShape.Gauge) when chip == "zenpower" => RegulatorPower,
        _ => For(quantity, shape),
    };

    /// <summary>Bounds of a processor clock between the limits that its policy names, both in µHz; garbage limits are not used.</summary>
    /// <remarks>Idle x86 cores read below their nominal minimum and boost above a base clock that acpi-cpufreq calls the maximum,
    /// so the range is a quarter of the least to twice the most. A recorded 8 MHz on a 4.2 GHz part falls outside.</remarks>
    public static Bounds ForClock(long? leastMicros, long? mostMicros)
    {
        const long absoluteLeast = 10_000_000 * Unit, absoluteMost = 10_000_000_000 * Unit;
        var least = leastMicros is >= absoluteLeast * 4 and <= absoluteMost ? leastMicros.Value / 4 : absoluteLeast;
        var most = mostMicros is >= absoluteLeast and <= absoluteMost / 2 ? mostMicros.Value * 2 : absoluteMost;
        return least < most && (least > absoluteLeast || most < absoluteMost)
            ? new(least, most, "below a quarter of the lowest or above twice the highest clock of this processor")
            : new(absoluteLeast, absoluteMost, "outside 10 MHz to 10 GHz");
    }

    /// <summary>Bounds of a RAPL limit; firmware that was told "no limit" writes 10 times the chip's thermal design power and more.</summary>
    public static Bounds ForZoneLimit(long? designPowerMicrowatts) => designPowerMicrowatts is > 0 and < 1_000 * Unit
        ? PowerLimit with { High = Math.Min(PowerLimit.High, designPowerMicrowatts.Value * 10), Detail = "above 10 times the design power: no limit was set" }
        : PowerLimit;

    /// <summary>Values inside the bounds that are still not measurements.</summary>
    internal static string? RejectSentinel(Bounds bounds, long micros)
    {
        // 0x7F and 0x7F.8 of an 8-bit sensor.
        if (ReferenceEquals(bounds, TemperatureGauge) && micros is 127 * Unit or (127 * Unit) + 500_000)
            return "127 °C exactly: the converter is at its stop";
        if (ReferenceEquals(bounds, Frequency) && micros == uint.MaxValue * Unit)
            return "4294967295 Hz, all ones of 32 bits: the driver has no figure";
        if (!ReferenceEquals(bounds, GpuPower) || micros is < 0 or >= 10_000)
            return null;
        // A chip that is awake draws something: Raphael's desktop graphics say 0 for ever, and an APU's slowPPT of 1 mW is a table that the firmware did not fill.
        return micros == 0 ? "0 W of a GPU that is awake: its firmware gives no figure" : "below 10 mW: the GPU's firmware left the figure unset";
    }
}

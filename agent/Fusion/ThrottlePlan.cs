using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Fusion;

/// <summary>What a sensor says about a cause.</summary>
internal enum ThrottleRole
{
    /// <summary>Above zero while it holds, or held since the last look.</summary>
    Now = 1,

    /// <summary>Above zero when it held at some time since boot.</summary>
    SinceBoot = 2,

    /// <summary>Counts the time that it held.</summary>
    Time = 3,
}

/// <summary>One sensor that tells.</summary>
internal sealed record ThrottleSign(int Sensor, ThrottleCause Cause, ThrottleRole Role);

/// <summary>Two figures of which the first at or above the second (times <see cref="Share"/>) means the cause, or below it where <see cref="IsCeiling"/>.</summary>
/// <param name="Value">Index of what is allowed or drawn.</param>
/// <param name="Bound">Index of what the hardware could, or of the limit.</param>
internal sealed record ThrottlePair(int Value, int Bound, bool IsCeiling)
{
    /// <summary>A limiter regulates to its limit from below.</summary>
    public const double Share = 0.97;
}

/// <summary>Which sensors of an inventory tell that something is held back. Made once per inventory.</summary>
internal sealed record ThrottlePlan(IReadOnlyList<ThrottleSign> Signs, IReadOnlyList<ThrottlePair> Pairs)
{
    public static readonly ThrottlePlan Empty = new([], []);

    private const string Since = "_since_boot";
    private const string Seconds = "_seconds";

    /// <summary>The flags' names, the same for every source that has them.</summary>
    public static readonly IReadOnlyList<(string Flag, ThrottleCause Cause)> Flags =
    [
        ("throttled_thermal", ThrottleCause.Thermal),
        ("throttled_power", ThrottleCause.Power),
        ("throttled_current", ThrottleCause.Current),
        ("under_voltage", ThrottleCause.UnderVoltage),
        ("frequency_capped", ThrottleCause.FrequencyCap),
        ("firmware_capped", ThrottleCause.FirmwareCap),
        ("external_brake", ThrottleCause.ExternalBrake),
    ];

    public static ThrottlePlan For(IReadOnlyList<SensorInfo> sensors)
    {
        var signs = new List<ThrottleSign>();
        var pairs = new List<ThrottlePair>();
        for (var i = 0; i < sensors.Count; i++)
        {
            if (SignOf(sensors[i], i) is { } sign)
                signs.Add(sign);
            else if (PairOf(sensors, i) is { } pair)
                pairs.Add(pair);
        }
        return new ThrottlePlan(signs, pairs);
    }

    private static ThrottleSign? SignOf(SensorInfo sensor, int index)
    {
        if (sensor is { Quantity: Quantity.Duration, Shape: SensorShape.Counter })
        {
            return sensor.Name.EndsWith(Seconds, StringComparison.Ordinal) && CauseOf(sensor.Name.AsSpan(0, sensor.Name.Length - Seconds.Length)) is { } timed
                ? new ThrottleSign(index, timed, ThrottleRole.Time)
                : null;
        }
        // A processor's or GPU's cooling device above state 0 is the kernel slowing it. A fan's cooling device is only a fan.
        if (sensor is { Source: "cooling", Name: "throttle", Quantity: Quantity.Ratio })
            return new ThrottleSign(index, ThrottleCause.Thermal, ThrottleRole.Now);
        if (sensor.Quantity != Quantity.State || sensor.Shape != SensorShape.Gauge)
            return null;
        if (sensor.Name.EndsWith(Since, StringComparison.Ordinal))
        {
            return CauseOf(sensor.Name.AsSpan(0, sensor.Name.Length - Since.Length)) is { } remembered
                ? new ThrottleSign(index, remembered, ThrottleRole.SinceBoot)
                : null;
        }
        var cause = CauseOf(sensor.Name)
            ?? (sensor is { Source: "throttle", Name: "package_throttled" or "core_throttled" } ? ThrottleCause.Thermal
                : PowerParts.Chip(sensor) == "rpi_volt" ? ThrottleCause.UnderVoltage
                : null);
        return cause is { } now ? new ThrottleSign(index, now, ThrottleRole.Now) : null;
    }

    private static ThrottleCause? CauseOf(ReadOnlySpan<char> name)
    {
        foreach (var (flag, cause) in Flags)
        {
            if (name.SequenceEqual(flag))
                return cause;
        }
        return null;
    }

    /// <summary>A frequency policy that may not reach its hardware's clock; a package beside the limit of its sustained power.</summary>
    private static ThrottlePair? PairOf(IReadOnlyList<SensorInfo> sensors, int index)
    {
        var sensor = sensors[index];
        var (bound, isCeiling) = sensor switch
        {
            { Source: "cpufreq", Name: "scaling_max_freq" } => ("cpuinfo_max_freq", true),
            { Source: "powercap", Quantity: Quantity.Energy, Shape: SensorShape.Counter } when sensor.Label.StartsWith("package", StringComparison.Ordinal) => ("long_term", false),
            _ => ("", false),
        };
        if (bound.Length == 0)
            return null;
        for (var i = 0; i < sensors.Count; i++)
        {
            if (sensors[i].Device == sensor.Device && sensors[i].Source == sensor.Source && sensors[i].Name == bound)
                return new ThrottlePair(index, i, isCeiling);
        }
        return null;
    }
}

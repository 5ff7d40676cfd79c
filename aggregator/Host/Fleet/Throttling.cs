using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Fleet;

/// <summary>Why a node is held back. The numbers are the wire's; the words are the metric label <c>reason</c>.</summary>
internal enum ThrottleReason
{
    Thermal = 1,

    /// <summary>At a power limit. That may be the very cap that the node was granted, so alone it does not make a node's state worse.</summary>
    Power = 2,
    Current = 3,
    UnderVoltage = 4,

    /// <summary>Not allowed its highest clock. That may be somebody's wish, so alone it does not make a node's state worse.</summary>
    FrequencyCapped = 5,

    /// <summary>A clock ceiling that firmware sets by itself.</summary>
    FirmwareCapped = 6,

    /// <summary>A signal from outside the chip: a supply's or a chassis' brake.</summary>
    ExternalBrake = 7,
}

/// <summary>The lower-case words of JSON, metrics and tables.</summary>
internal static class ThrottleReasonNames
{
    public static string Word(this ThrottleReason reason) => reason switch
    {
        ThrottleReason.Thermal => "thermal",
        ThrottleReason.Power => "power",
        ThrottleReason.Current => "current",
        ThrottleReason.UnderVoltage => "under_voltage",
        ThrottleReason.FrequencyCapped => "frequency_cap",
        ThrottleReason.FirmwareCapped => "firmware_cap",
        ThrottleReason.ExternalBrake => "external_brake",
        _ => "unknown",
    };
}

/// <summary>One reason as an agent that folds its own hardware's flags tells it.</summary>
/// <param name="Now">Null: nothing can tell at the moment.</param>
/// <param name="SinceBoot">Null: nothing remembers.</param>
/// <param name="Held">Since the agent process started; grows only.</param>
internal readonly record struct ReportedThrottle(ThrottleReason Reason, bool? Now, bool? SinceBoot, TimeSpan Held);

/// <summary>What the sensors of a node say about being held back now.</summary>
internal static class Throttling
{
    /// <summary>The reasons that can be told now, from an agent's own word.</summary>
    public static ImmutableSortedDictionary<ThrottleReason, bool> Now(ImmutableArray<ReportedThrottle> told) =>
        told.Where(static state => state.Now is not null).ToImmutableSortedDictionary(static state => state.Reason, static state => state.Now!.Value);

    /// <summary>The reasons that something remembers of since the machine's boot.</summary>
    public static ImmutableSortedDictionary<ThrottleReason, bool> SinceBoot(ImmutableArray<ReportedThrottle> told) =>
        told.Where(static state => state.SinceBoot is not null).ToImmutableSortedDictionary(static state => state.Reason, static state => state.SinceBoot!.Value);

    /// <summary>For agents that do not tell it themselves: every reason that some sensor can tell, and whether it holds. A reason no sensor can tell is absent, not false.</summary>
    public static ImmutableSortedDictionary<ThrottleReason, bool> Of(
        ImmutableArray<FleetSensor> sensors, ReadOnlySpan<SensorReading> readings)
    {
        var reasons = ImmutableSortedDictionary.CreateBuilder<ThrottleReason, bool>();
        for (var i = 0; i < sensors.Length; i++)
        {
            if (readings[i].Usable is { } micros && ReasonOf(sensors[i]) is { } reason)
                reasons[reason] = reasons.GetValueOrDefault(reason) || micros > 0;
        }
        if (IsFrequencyCapped(sensors, readings) is { } isCapped)
            reasons[ThrottleReason.FrequencyCapped] = reasons.GetValueOrDefault(ThrottleReason.FrequencyCapped) || isCapped;
        return reasons.ToImmutable();
    }

    /// <summary>Whether some frequency policy may not reach the clock that its hardware can; null when no policy has both figures.</summary>
    private static bool? IsFrequencyCapped(ImmutableArray<FleetSensor> sensors, ReadOnlySpan<SensorReading> readings)
    {
        bool? isCapped = null;
        var hardware = new Dictionary<string, long>();
        for (var i = 0; i < sensors.Length; i++)
        {
            if (sensors[i] is { Source: "cpufreq", Name: "cpuinfo_max_freq", Quantity: Quantity.Frequency } && readings[i].Usable is > 0 and var most)
                hardware[sensors[i].Device] = most;
        }
        for (var i = 0; i < sensors.Length; i++)
        {
            if (sensors[i] is { Source: "cpufreq", Name: "scaling_max_freq", Quantity: Quantity.Frequency }
                && readings[i].Usable is > 0 and var allowed && hardware.TryGetValue(sensors[i].Device, out var most))
                isCapped = isCapped == true || allowed < most;
        }
        return isCapped;
    }

    /// <summary>A processor's or GPU's cooling device above state 0 is the kernel slowing it; Intel's package and core flags are
    /// the processor slowing itself; <c>rpi_volt</c>'s low alarm is a Pi's supply sagging. A fan's cooling device is only a fan.</summary>
    private static ThrottleReason? ReasonOf(FleetSensor sensor) => sensor switch
    {
        { Source: "cooling", Name: "throttle", Quantity: Quantity.Ratio } => ThrottleReason.Thermal,
        { Source: "throttle", Name: "package_throttled" or "core_throttled", Quantity: Quantity.State } => ThrottleReason.Thermal,
        { Chip: "rpi_volt", Quantity: Quantity.State } => ThrottleReason.UnderVoltage,
        { Quantity: Quantity.State } => ByName(sensor.Name),
        _ => null,
    };

    /// <summary>Flags that carry a reason's own word.</summary>
    private static ThrottleReason? ByName(string name) => name switch
    {
        "throttled_thermal" => ThrottleReason.Thermal,
        "throttled_power" => ThrottleReason.Power,
        "throttled_current" => ThrottleReason.Current,
        "under_voltage" => ThrottleReason.UnderVoltage,
        "frequency_capped" => ThrottleReason.FrequencyCapped,
        "firmware_capped" => ThrottleReason.FirmwareCapped,
        "external_brake" => ThrottleReason.ExternalBrake,
        _ => null,
    };
}

using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Fleet;

/// <summary>Why a node is held back. The words are the metric label <c>reason</c>.</summary>
internal enum ThrottleReason
{
    Thermal = 1,
    Power = 2,
    Current = 3,
    UnderVoltage = 4,
    FrequencyCapped = 5,
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
        ThrottleReason.FrequencyCapped => "frequency_capped",
        _ => "unknown",
    };
}

/// <summary>What the sensors of a node say about being held back now.</summary>
internal static class Throttling
{
    /// <summary>Every reason that some sensor can tell, and whether it holds. A reason no sensor can tell is absent, not false.</summary>
    public static ImmutableSortedDictionary<ThrottleReason, bool> Of(
        ImmutableArray<FleetSensor> sensors, ReadOnlySpan<SensorReading> readings)
    {
        var reasons = ImmutableSortedDictionary.CreateBuilder<ThrottleReason, bool>();
        for (var i = 0; i < sensors.Length; i++)
        {
            if (readings[i].Usable is { } micros && ReasonOf(sensors[i]) is { } reason)
                reasons[reason] = reasons.GetValueOrDefault(reason) || micros > 0;
        }
        return reasons.ToImmutable();
    }

    /// <summary>A processor's or GPU's cooling device above state 0 is the kernel slowing it; Intel's package and core flags are
    /// the processor slowing itself; <c>rpi_volt</c>'s low alarm is a Pi's supply sagging. A fan's cooling device is only a fan.</summary>
    private static ThrottleReason? ReasonOf(FleetSensor sensor) => sensor switch
    {
        { Source: "cooling", Name: "throttle", Quantity: Quantity.Ratio } => ThrottleReason.Thermal,
        { Source: "throttle", Quantity: Quantity.State } => ThrottleReason.Thermal,
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
        _ => null,
    };
}

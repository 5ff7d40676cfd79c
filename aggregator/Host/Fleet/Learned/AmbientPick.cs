using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Fleet.Learned;

/// <summary>Which sensors measure the air that cools a machine: those that their driver or firmware calls so, and no others.</summary>
internal static class AmbientPick
{
    private static readonly string[] Words = ["ambient", "inlet", "intake"];

    /// <summary>Air that was warmed, or a part beside the air.</summary>
    private static readonly string[] Others = ["exhaust", "outlet", "cpu", "gpu", "vr", "vrm", "psu", "water", "coolant", "liquid"];

    // A sensor that is not wired up reads the ends of its scale.
    private const long Coldest = -30_000_000;
    private const long Hottest = 60_000_000;

    public static bool IsAmbient(FleetSensor sensor)
    {
        if (sensor is not { Quantity: Quantity.Temperature, Shape: SensorShape.Gauge, Source: "hwmon" or "thermal" or "ipmi" })
            return false;
        var words = (sensor.Label.Length > 0 ? sensor.Label : sensor.Source == "thermal" ? sensor.Chip : sensor.Name)
            .ToLowerInvariant().Split([' ', '_', '-', '.', '/', ':'], StringSplitOptions.RemoveEmptyEntries);
        return words.Any(Words.Contains) && !words.Any(Others.Contains);
    }

    /// <summary>The coolest of them, which the others' heat has reached least; null while none has a good value.</summary>
    public static Temperature? Of(ImmutableArray<int> ambient, ReadOnlySpan<SensorReading> readings)
    {
        long? coolest = null;
        foreach (var sensor in ambient)
        {
            if (readings[sensor] is { Quality: Quality.Ok, Micros: > Coldest and < Hottest and var micros } && !(coolest <= micros))
                coolest = micros;
        }
        return coolest is { } known ? new Temperature(known / 1000) : null;
    }
}

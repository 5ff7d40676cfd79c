using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Fleet;

/// <summary>A node's one temperature, and the sensor it came from (<c>k10temp/Tctl</c>).</summary>
internal readonly record struct PickedTemperature(Temperature Value, string Sensor);

/// <summary>
/// Picks the temperature that says how hot the processor is: Intel package zone, coretemp package, k10temp, SoC package zone,
/// hottest core cluster, cpu zone, then an APU's amdgpu edge. Never <c>acpitz</c>, which is often a constant.
/// </summary>
internal static class TemperaturePick
{
    private const int Never = int.MaxValue;

    /// <summary>Null when no sensor of the list has a usable value. Of equals in rank, the hottest.</summary>
    public static PickedTemperature? Of(ImmutableArray<FleetSensor> sensors, ReadOnlySpan<SensorReading> readings)
    {
        var bestRank = Never;
        PickedTemperature? best = null;
        for (var i = 0; i < sensors.Length; i++)
        {
            var sensor = sensors[i];
            if (sensor.Quantity != Quantity.Temperature || sensor.Shape != SensorShape.Gauge || readings[i].Usable is not { } micros)
                continue;
            var rank = Rank(sensor);
            var value = new Temperature(micros / 1000);
            if (rank == Never || rank > bestRank || (rank == bestRank && value <= best!.Value.Value))
                continue;
            (bestRank, best) = (rank, new PickedTemperature(value, Display(sensor)));
        }
        return best;
    }

    private static string Display(FleetSensor sensor) => sensor.Source == "thermal" ? sensor.Chip : $"{sensor.Chip}/{sensor.Title}";

    /// <summary>The kernel writes zone types with '-' and the hwmon twins of zones with '_'.</summary>
    private static int Rank(FleetSensor sensor)
    {
        var chip = sensor.Chip.Replace('_', '-');
        return chip switch
        {
            _ when chip.StartsWith("x86-pkg-temp", StringComparison.Ordinal) => 0,
            "coretemp" => sensor.Label.StartsWith("Package", StringComparison.Ordinal) ? 1 : Never,
            // Tdie is the true figure where Tctl carries an offset.
            "k10temp" => sensor.Label switch { "Tdie" => 2, "Tctl" => 3, _ => 4 },
            _ when chip.StartsWith("package-thermal", StringComparison.Ordinal) || chip.StartsWith("soc-thermal", StringComparison.Ordinal) => 5,
            _ when chip.StartsWith("bigcore", StringComparison.Ordinal) || chip.StartsWith("littlecore", StringComparison.Ordinal) => 6,
            _ when chip.StartsWith("cpu-thermal", StringComparison.Ordinal) || chip.StartsWith("bcm2835-thermal", StringComparison.Ordinal) => 7,
            "amdgpu" when sensor.Label == "edge" => 8,
            _ => Never,
        };
    }
}

using System.Globalization;
using Homelab.Aggregator.Fleet;
using Homelab.Units;

namespace Homelab.Aggregator.Prometheus.Compatibility;

/// <summary><c>node_hwmon_*</c> as node_exporter's hwmon collector names and labels it (node_exporter 1.x, <c>hwmon_linux.go</c>).</summary>
/// <remarks>Its oddities are kept, because rules are written against them: <c>watt</c>, <c>amps</c> and <c>joule</c> in the singular, alarms of
/// one limit with a unit and a thousandth of their value, humidity a tenth. Ours stay away where a value can not be believed.</remarks>
internal static class HwmonNames
{
    private static readonly string[] Kinds = ["temp", "fan", "in", "curr", "power", "energy", "freq", "humidity", "pwm", "intrusion"];

    public static void Write(BorrowedFamilies families, NodeSnapshot node)
    {
        for (var i = 0; i < node.Readings.Length; i++)
        {
            var sensor = node.Identity!.Sensors[i];
            // A figure that the agent computed is no file of the driver's.
            if (sensor.Source != "hwmon" || HwmonFile.Of(sensor) is not { } file)
                continue;
            var chip = ChipLabel(sensor);
            if (sensor.Chip != "unnamed")
                families.Add("node_hwmon_chip_names", MetricType.Gauge, "Annotation metric for human-readable chip names", ["chip", "chip_name", "node"], 1, chip, Clean(sensor.Chip), node.Name.Value);
            if (sensor.Label.Length > 0)
                families.Add("node_hwmon_sensor_label", MetricType.Gauge, "Label for given chip and sensor", ["chip", "label", "node", "sensor"], 1, chip, sensor.Label, node.Name.Value, file.Channel);
            if (node.Readings[i].Usable is { } micros)
                WriteValue(families, node.Name.Value, chip, sensor, file, micros / 1e6);
        }
    }

    private static void WriteValue(BorrowedFamilies families, string node, string chip, FleetSensor sensor, HwmonFile file, double value)
    {
        var (kind, element) = (file.Kind, file.Element);
        if (kind == "freq")
        {
            // Named by its label, and only where it has one.
            if (element == "input" && sensor.Label.Length > 0)
                families.Add("node_hwmon_freq_freq_mhz", MetricType.Gauge, "Hardware monitor for GPU frequency in MHz", ["chip", "node", "sensor"], value / 1e6, chip, node, Clean(sensor.Label));
            return;
        }
        var name = "node_hwmon_" + kind + (element is "input" or "" ? "" : "_" + element);
        var (suffix, help, scale) = Unit(kind, element, sensor.Quantity == Quantity.State);
        // A duty is a whole number of the file's.
        if (kind == "pwm" && element.Length == 0)
            (value, scale) = (Math.Round(value * scale), 1);
        families.Add(name + suffix, kind == "energy" ? MetricType.Counter : MetricType.Gauge, help, ["chip", "node", "sensor"], value * scale, chip, node, file.Channel);
    }

    /// <summary>Suffix, help and factor from our base unit, or from 0 and 1, to what node_exporter makes of the file's number.</summary>
    private static (string Suffix, string Help, double Scale) Unit(string kind, string element, bool isFlag) => kind switch
    {
        _ when element is "alarm" or "fault" => ("", $"Hardware sensor {element} status ({kind})", 1),
        "in" => ("_volts", $"Hardware monitor for voltage ({element})", isFlag ? 1e-3 : 1),
        "temp" => ("_celsius", $"Hardware monitor for temperature ({element})", isFlag ? 1e-3 : 1),
        "curr" => ("_amps", $"Hardware monitor for current ({element})", isFlag ? 1e-3 : 1),
        "energy" => ("_joule_total", $"Hardware monitor for joules used so far ({element})", isFlag ? 1e-6 : 1),
        "power" => ("_watt", $"Hardware monitor for power usage in watts ({element})", isFlag ? 1e-6 : 1),
        "humidity" => ("", $"Hardware monitor for humidity, as a ratio (multiply with 100.0 to get the humidity as a percentage) ({element})", isFlag ? 1e-6 : 0.1),
        "fan" when element is "input" or "min" or "max" => ("_rpm", $"Hardware monitor for fan revolutions per minute ({element})", 1),
        "pwm" => ("", $"Hardware monitor pwm element {element}", isFlag ? 1 : 255),
        _ => ("", $"Hardware monitor {kind} element {element}", 1),
    };

    /// <summary>The last two parts of the device's path; without a device the driver's name, without either <c>hwmonN</c>.</summary>
    private static string ChipLabel(FleetSensor sensor)
    {
        var at = sensor.Device.IndexOf('@', StringComparison.Ordinal);
        var device = at < 0 ? "" : sensor.Device[(at + 1)..].Split('#')[0];
        if (device is "" or "virtual")
            return sensor.Chip == "unnamed" ? sensor.Path.Split('/').FirstOrDefault(part => part.StartsWith("hwmon", StringComparison.Ordinal) && part.Length > 5) ?? "" : Clean(sensor.Chip);
        var parts = device.Split('/');
        var parent = parts.Length > 1 ? parts[^2] : "devices";
        return Clean(parent) is { Length: > 0 } type ? type + "_" + Clean(parts[^1]) : Clean(parts[^1]);
    }

    /// <summary>Lower case, and <c>_</c> for all but letters, digits, <c>:</c> and <c>_</c>.</summary>
    internal static string Clean(string text) =>
        string.Create(text.Length, text, static (span, from) =>
        {
            for (var i = 0; i < span.Length; i++)
                span[i] = char.ToLowerInvariant(from[i]) is var letter && (char.IsAsciiLetterOrDigit(letter) || letter is ':') ? letter : '_';
        }).Trim('_');

    /// <summary>A hwmon file's name taken apart: <c>temp1_crit_alarm</c> is <c>temp</c>, channel <c>temp1</c>, element <c>crit_alarm</c>.</summary>
    private readonly record struct HwmonFile(string Kind, string Channel, string Element)
    {
        public static HwmonFile? Of(FleetSensor sensor)
        {
            var name = sensor.Path[(sensor.Path.LastIndexOf('/') + 1)..];
            var cut = name.IndexOf('_', StringComparison.Ordinal) is > 0 and var found ? found : name.Length;
            var channel = name[..cut];
            var kind = channel.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
            return Kinds.Contains(kind) && int.TryParse(channel.AsSpan(kind.Length), NumberStyles.None, CultureInfo.InvariantCulture, out _)
                ? new HwmonFile(kind, channel, cut < name.Length ? name[(cut + 1)..] : "")
                : null;
        }
    }
}

using System.Globalization;
using System.Text;
using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.Fuzz;

/// <summary>The judge: whether a reading that calls itself good can be what the machine said. Knows nothing of how the agent reads.</summary>
internal static class FalseNumber
{
    private const long Unit = 1_000_000;

    /// <summary>Sources whose channels are one decimal number in one file.</summary>
    private static readonly string[] Plain = ["hwmon", "thermal", "powercap", "cpufreq"];

    /// <summary>What is wrong with it; null when nothing is.</summary>
    public static string? In(SensorInfo info, Reading reading, IReadOnlyList<(string Path, int Errno, byte[] Bytes)> said)
    {
        if (reading.Quality != Quality.Ok)
            return reading.Quality is Quality.Stale or Quality.Implausible || reading.Micros is null ? null : $"{reading.Quality} has the value {reading.Micros}";
        if (reading.Micros is not { } micros)
            return "ok without a value";
        return Impossible(info, micros) ?? Unsaid(info, micros, said);
    }

    private static string? Impossible(SensorInfo info, long micros)
    {
        var isPossible = (info.Quantity, info.Shape) switch
        {
            (_, SensorShape.Counter) or (Quantity.Energy or Quantity.Duration or Quantity.Information, _) => micros >= 0,
            (Quantity.Temperature, SensorShape.Gauge) => micros is >= -60 * Unit and <= 160 * Unit and not (127 * Unit),
            (Quantity.Temperature, _) => micros is >= -60 * Unit and < 200 * Unit,
            (Quantity.Power, _) => micros is >= -4_000 * Unit and <= 4_000 * Unit,
            // A new battery holds more than it was designed for.
            (Quantity.Ratio, _) => micros >= 0 && micros <= (info.Name == "full_of_design" ? Unit * 3 / 2 : Unit),
            (Quantity.State, _) => micros is 0 or Unit,
            (Quantity.RotationSpeed, _) => micros is >= 0 and <= 50_000 * Unit,
            (Quantity.Frequency, _) => micros is >= 0 and <= 50_000_000_000 * Unit,
            (Quantity.Voltage, _) => micros is >= -100 * Unit and <= 1_000 * Unit,
            (Quantity.Current, _) => micros is >= -1_000 * Unit and <= 1_000 * Unit,
            _ => true,
        };
        return isPossible ? null : $"{micros / 1e6} {info.Quantity.Unit()} can not be";
    }

    /// <summary>A plain channel's figure has to be in the file, digit by digit, whatever the unit.</summary>
    private static string? Unsaid(SensorInfo info, long micros, IReadOnlyList<(string Path, int Errno, byte[] Bytes)> said)
    {
        if (!Plain.Contains(info.Source) || info.Quantity is Quantity.State or Quantity.Ratio || said is not [var only])
            return null;
        if (only.Errno != 0)
            return $"ok, though {only.Path} answered errno {only.Errno}";
        var text = Encoding.Latin1.GetString(only.Bytes).Trim(' ', '\t', '\r', '\n', '\0');
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            return $"ok, though {only.Path} says {Shown(text)}";
        for (Int128 scale = 1; scale <= 1_000_000_000_000; scale *= 10)
        {
            // The kernel's energy and shunt units are not powers of ten.
            if (number * scale == micros || (number != 0 && (Int128)micros * scale == number))
                return null;
        }
        return $"{micros} millionths, though {only.Path} says {number}";
    }

    private static string Shown(string text) => "'" + string.Concat(text.Select(letter => char.IsControl(letter) ? '?' : letter)) + "'";
}

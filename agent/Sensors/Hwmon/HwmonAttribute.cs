using System.Globalization;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Hwmon;

/// <summary>One file of a hwmon chip, taken apart: <c>temp3_crit_alarm</c> is kind <c>temp</c>, number 3, suffix <c>crit_alarm</c>.</summary>
/// <param name="Kind">One of the ABI's channel kinds.</param>
/// <param name="Number">The channel's number within its kind.</param>
/// <param name="Suffix">Empty for <c>pwm1</c>.</param>
internal readonly record struct HwmonAttribute(string Kind, int Number, string Suffix)
{
    private static readonly string[] Kinds = ["temp", "fan", "in", "curr", "power", "energy", "freq", "humidity", "pwm", "intrusion"];

    /// <summary>The channel's name, <c>temp3</c>.</summary>
    public string Channel => Kind + Number.ToString(CultureInfo.InvariantCulture);

    /// <summary>What is measured, rather than a limit, an alarm or a setting.</summary>
    public bool IsReading => Suffix is "input" or "average";

    /// <summary>A limit from above. At exactly 0 nobody set it: an i915 writes its disabled limit so, an INA226 its idle alert.</summary>
    public bool IsUpperLimit => Suffix is "max" or "crit" or "emergency" or "cap" or "cap_max" or "rated_max";

    /// <summary>False for files that are no channel: <c>name</c>, <c>uevent</c>, <c>update_interval</c>, <c>bogus1_input</c>.</summary>
    public static bool TryParse(string file, out HwmonAttribute attribute)
    {
        attribute = default;
        foreach (var kind in Kinds)
        {
            if (!file.StartsWith(kind, StringComparison.Ordinal))
                continue;
            var rest = file.AsSpan(kind.Length);
            var digits = rest.IndexOfAnyExceptInRange('0', '9');
            if (digits < 0)
                digits = rest.Length;
            // The kernel writes no leading zeros; temp01 would be a second temp1.
            if (digits > 1 && rest[0] == '0')
                return false;
            if (!int.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                continue;
            rest = rest[digits..];
            if (rest.Length > 0 && (rest[0] != '_' || rest.Length == 1))
                return false;
            attribute = new HwmonAttribute(kind, number, rest.Length == 0 ? "" : rest[1..].ToString());
            return true;
        }
        return false;
    }

    /// <summary>What the file measures, how its number moves and in what unit it is; null for settings and for what no reader needs.</summary>
    /// <remarks>Units: Documentation/hwmon/sysfs-interface.rst. Hysteresis, history (lowest, highest) and control files are left out.</remarks>
    public (Quantity Quantity, SensorShape Shape, Scale Scale)? Meaning()
    {
        if (Suffix is "alarm" or "fault" || Suffix.EndsWith("_alarm", StringComparison.Ordinal))
            return (Quantity.State, SensorShape.Gauge, Scale.One);
        return (Kind, Suffix) switch
        {
            ("temp", "input") => (Quantity.Temperature, SensorShape.Gauge, Scale.Milli),
            ("temp", "min" or "max" or "crit" or "lcrit" or "emergency") => (Quantity.Temperature, SensorShape.Limit, Scale.Milli),
            ("in", "input") => (Quantity.Voltage, SensorShape.Gauge, Scale.Milli),
            ("in", "min" or "max" or "crit" or "lcrit") => (Quantity.Voltage, SensorShape.Limit, Scale.Milli),
            ("curr", "input") => (Quantity.Current, SensorShape.Gauge, Scale.Milli),
            ("curr", "min" or "max" or "crit" or "lcrit") => (Quantity.Current, SensorShape.Limit, Scale.Milli),
            ("power", "input" or "average") => (Quantity.Power, SensorShape.Gauge, Scale.Micro),
            ("power", "max" or "crit" or "cap" or "cap_min" or "cap_max" or "rated_max") => (Quantity.Power, SensorShape.Limit, Scale.Micro),
            ("energy", "input") => (Quantity.Energy, SensorShape.Counter, Scale.Micro),
            ("fan", "input") => (Quantity.RotationSpeed, SensorShape.Gauge, Scale.One),
            ("fan", "min" or "max") => (Quantity.RotationSpeed, SensorShape.Limit, Scale.One),
            ("freq", "input") => (Quantity.Frequency, SensorShape.Gauge, Scale.One),
            ("humidity", "input") => (Quantity.Ratio, SensorShape.Gauge, Scale.MilliPercent),
            ("pwm", "") => (Quantity.Ratio, SensorShape.Gauge, Scale.Byte),
            _ => null,
        };
    }
}

using System.Globalization;

namespace Homelab.Units;

/// <summary>A temperature in whole millidegrees Celsius: the unit of thermal zones and hwmon temperature channels.</summary>
public readonly record struct Temperature(long Millicelsius) : IComparable<Temperature>
{
    public double Celsius => Millicelsius / 1e3;

    public static bool operator <(Temperature left, Temperature right) => left.Millicelsius < right.Millicelsius;

    public static bool operator >(Temperature left, Temperature right) => left.Millicelsius > right.Millicelsius;

    public static bool operator <=(Temperature left, Temperature right) => left.Millicelsius <= right.Millicelsius;

    public static bool operator >=(Temperature left, Temperature right) => left.Millicelsius >= right.Millicelsius;

    public int CompareTo(Temperature other) => Millicelsius.CompareTo(other.Millicelsius);

    public override string ToString() => Celsius.ToString("0.###", CultureInfo.InvariantCulture) + " °C";
}

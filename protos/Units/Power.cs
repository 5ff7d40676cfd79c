using System.Globalization;

namespace Homelab.Units;

/// <summary>A rate of energy, in whole microwatts: the unit of powercap limits and hwmon power channels.</summary>
/// <remarks>Range ±9.2 TW. May be negative where a sensor's direction is reversed. Source: Documentation/power/powercap, hwmon sysfs-interface.</remarks>
public readonly record struct Power(long Microwatts) : IComparable<Power>
{
    public static readonly Power Zero;

    public double Watts => Microwatts / 1e6;

    /// <summary>Rounds to the nearest microwatt; NaN and values outside the range throw <see cref="OverflowException"/>.</summary>
    public static Power FromWatts(double watts) => new(Micros.FromUnits(watts));

    public static Power FromMilliwatts(long milliwatts) => new(checked(milliwatts * 1000));

    /// <summary>The energy this power delivers over a duration of zero or more.</summary>
    public Energy Over(TimeSpan duration) => new(Micros.FromUnits(Watts * duration.TotalSeconds));

    public static Power operator +(Power left, Power right) => new(checked(left.Microwatts + right.Microwatts));

    public static Power operator -(Power left, Power right) => new(checked(left.Microwatts - right.Microwatts));

    public static Power operator *(Power power, double factor) => FromWatts(power.Watts * factor);

    /// <summary>The dimensionless share; infinity or NaN when the divisor is zero.</summary>
    public static double operator /(Power left, Power right) => (double)left.Microwatts / right.Microwatts;

    public static bool operator <(Power left, Power right) => left.Microwatts < right.Microwatts;

    public static bool operator >(Power left, Power right) => left.Microwatts > right.Microwatts;

    public static bool operator <=(Power left, Power right) => left.Microwatts <= right.Microwatts;

    public static bool operator >=(Power left, Power right) => left.Microwatts >= right.Microwatts;

    public static Power Max(Power left, Power right) => left >= right ? left : right;

    public static Power Min(Power left, Power right) => left <= right ? left : right;

    public int CompareTo(Power other) => Microwatts.CompareTo(other.Microwatts);

    public override string ToString() => Watts.ToString("0.###", CultureInfo.InvariantCulture) + " W";
}

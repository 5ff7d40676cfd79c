using System.Globalization;

namespace Homelab.Units;

/// <summary>An amount of energy, in whole microjoules: the unit of powercap's <c>energy_uj</c> and hwmon's <c>energyN_input</c>.</summary>
/// <remarks>Range ±9.2 TJ (2.5 GWh), enough for a 100 W fleet to count for 2,900 years without wrapping.</remarks>
public readonly record struct Energy(long Microjoules) : IComparable<Energy>
{
    public static readonly Energy Zero;

    public double Joules => Microjoules / 1e6;

    public double KilowattHours => Joules / 3.6e6;

    /// <summary>Rounds to the nearest microjoule; NaN and values outside the range throw <see cref="OverflowException"/>.</summary>
    public static Energy FromJoules(double joules) => new(Micros.FromUnits(joules));

    /// <summary>The mean power that delivers this energy over a duration; the duration must be above zero.</summary>
    public Power Per(TimeSpan duration) => Power.FromWatts(Joules / duration.TotalSeconds);

    public static Energy operator +(Energy left, Energy right) => new(checked(left.Microjoules + right.Microjoules));

    public static Energy operator -(Energy left, Energy right) => new(checked(left.Microjoules - right.Microjoules));

    public static bool operator <(Energy left, Energy right) => left.Microjoules < right.Microjoules;

    public static bool operator >(Energy left, Energy right) => left.Microjoules > right.Microjoules;

    public static bool operator <=(Energy left, Energy right) => left.Microjoules <= right.Microjoules;

    public static bool operator >=(Energy left, Energy right) => left.Microjoules >= right.Microjoules;

    public int CompareTo(Energy other) => Microjoules.CompareTo(other.Microjoules);

    public override string ToString() => Joules.ToString("0.###", CultureInfo.InvariantCulture) + " J";
}

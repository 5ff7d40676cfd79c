namespace Homelab.Units;

/// <summary>A number with its quantity: an integer count of millionths of the quantity's base unit.</summary>
/// <remarks>One integer form from register to wire: µW, µJ, µ°C, µV, µA, µHz, µrpm, millionths of a ratio, µs, µB. It allocates nothing.</remarks>
public readonly record struct Measurement(Quantity Quantity, long Micros)
{
    /// <summary>The value in the quantity's base unit, for display and exposition.</summary>
    public double Value => Micros / 1e6;

    /// <summary>A power reading as power; any other quantity throws <see cref="InvalidOperationException"/>.</summary>
    public Power AsPower() => new(Expect(Quantity.Power));

    /// <summary>An energy reading as energy; any other quantity throws <see cref="InvalidOperationException"/>.</summary>
    public Energy AsEnergy() => new(Expect(Quantity.Energy));

    /// <summary>A temperature reading as temperature; any other quantity throws <see cref="InvalidOperationException"/>.</summary>
    public Temperature AsTemperature() => new(Expect(Quantity.Temperature) / 1000);

    public static Measurement Of(Power power) => new(Quantity.Power, power.Microwatts);

    public static Measurement Of(Energy energy) => new(Quantity.Energy, energy.Microjoules);

    public static Measurement Of(Temperature temperature) => new(Quantity.Temperature, checked(temperature.Millicelsius * 1000));

    private long Expect(Quantity wanted) => Quantity == wanted
        ? Micros
        : throw new InvalidOperationException($"a {Quantity} was read as {wanted}");
}

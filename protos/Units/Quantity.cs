namespace Homelab.Units;

/// <summary>What a sensor measures. The number is the wire value (<c>homelab.nodeagent.v1.Quantity</c>) and never changes meaning.</summary>
public enum Quantity
{
    /// <summary>Not known to this version; shown, never computed with.</summary>
    Unknown = 0,

    /// <summary>Watts.</summary>
    Power = 1,

    /// <summary>Joules, always a counter.</summary>
    Energy = 2,

    /// <summary>Degrees Celsius.</summary>
    Temperature = 3,

    /// <summary>Volts.</summary>
    Voltage = 4,

    /// <summary>Amperes.</summary>
    Current = 5,

    /// <summary>Hertz.</summary>
    Frequency = 6,

    /// <summary>Revolutions per minute.</summary>
    RotationSpeed = 7,

    /// <summary>Dimensionless share, 0 to 1.</summary>
    Ratio = 8,

    /// <summary>Seconds.</summary>
    Duration = 9,

    /// <summary>Bytes.</summary>
    Information = 10,

    /// <summary>A flag, 0 or 1: an alarm, a fault, a throttle bit.</summary>
    State = 11,

    /// <summary>A plain number of things: errors, lanes, instances.</summary>
    Count = 12,
}

/// <summary>The unit words that go with each quantity, as they appear in JSON and in metric names.</summary>
public static class QuantityNames
{
    /// <summary>The base unit in the plural (<c>watts</c>, <c>celsius</c>, …); <c>state</c> for flags and <c>unknown</c> for an unknown quantity.</summary>
    public static string Unit(this Quantity quantity) => quantity switch
    {
        Quantity.Power => "watts",
        Quantity.Energy => "joules",
        Quantity.Temperature => "celsius",
        Quantity.Voltage => "volts",
        Quantity.Current => "amperes",
        Quantity.Frequency => "hertz",
        Quantity.RotationSpeed => "rpm",
        Quantity.Ratio => "ratio",
        Quantity.Duration => "seconds",
        Quantity.Information => "bytes",
        Quantity.State => "state",
        Quantity.Count => "count",
        _ => "unknown",
    };

    /// <summary>The quantity as a lower-case word (<c>power</c>, <c>rotation_speed</c>, …).</summary>
    public static string Word(this Quantity quantity) => quantity switch
    {
        Quantity.Power => "power",
        Quantity.Energy => "energy",
        Quantity.Temperature => "temperature",
        Quantity.Voltage => "voltage",
        Quantity.Current => "current",
        Quantity.Frequency => "frequency",
        Quantity.RotationSpeed => "rotation_speed",
        Quantity.Ratio => "ratio",
        Quantity.Duration => "duration",
        Quantity.Information => "information",
        Quantity.State => "state",
        Quantity.Count => "count",
        _ => "unknown",
    };
}

namespace Homelab.Aggregator.Fleet;

/// <summary>What a limit bounds, and how.</summary>
/// <param name="Channel">Name of the sensor of the same device that it bounds: <c>temp1</c> for <c>temp1_crit</c>, <c>temp</c> for a thermal zone's trip.</param>
/// <param name="Kind"><c>max</c>, <c>crit</c>, <c>throttle</c> (the kernel slows the processor from here), <c>pl1</c>, <c>cap</c>, …</param>
internal readonly record struct SensorLimit(string Channel, string Kind)
{
    public static SensorLimit Of(FleetSensor sensor) => sensor.Source switch
    {
        "thermal" => new SensorLimit("temp", TripKind(sensor.Label)),
        "powercap" => new SensorLimit("energy", ConstraintKind(sensor.Name)),
        _ => sensor.Name.IndexOf('_', StringComparison.Ordinal) is > 0 and var cut
            ? new SensorLimit(sensor.Name[..cut], sensor.Name[(cut + 1)..])
            : new SensorLimit(sensor.Name, ""),
    };

    /// <summary>Thermal trip types (Documentation/ABI/testing/sysfs-class-thermal).</summary>
    private static string TripKind(string type) => type switch
    {
        "critical" => "crit",
        "passive" => "throttle",
        _ => type,
    };

    /// <summary>RAPL constraint names (Documentation/power/powercap); <c>_max</c> is what the part was designed for.</summary>
    private static string ConstraintKind(string name) => name switch
    {
        "long_term" => "pl1",
        "short_term" => "pl2",
        "peak_power" => "pl4",
        _ when name.EndsWith("_max", StringComparison.Ordinal) => ConstraintKind(name[..^4]) + "_max",
        _ => name,
    };
}

using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Nvidia;

/// <summary>What is read of a GPU; the index into its readings.</summary>
internal enum NvidiaChannel
{
    Power,
    PowerInstant,
    Energy,
    PowerCap,
    PowerCapSet,
    PowerCapDefault,
    PowerCapMin,
    PowerCapMax,
    Temperature,
    TemperatureThrottle,
    TemperatureCritical,
    MemoryTemperature,
    Utilization,
    MemoryUtilization,
    MemoryUsed,
    MemoryTotal,
    GraphicsClock,
    GraphicsClockMax,
    MemoryClock,
    Fan,
    ThrottledThermal,
    ThrottledPower,
    PowerCapped,
    HardwareSlowdown,
}

/// <summary>How a channel is called and what can be a measurement of it.</summary>
internal sealed record NvidiaChannelInfo(string Name, string Label, Quantity Quantity, SensorShape Shape)
{
    // Before the channels, which use them.
    private static readonly Bounds NoNegativePower = new(0, 4_000_000_000, "outside 0 to 4000 W: a sentinel or a unit error of the driver");

    // A fan may be asked for more than its nominal speed.
    private static readonly Bounds FanDuty = new(0, 2_000_000, "outside 0 to 2 of its range");

    /// <summary>By channel.</summary>
    public static readonly NvidiaChannelInfo[] All =
    [
        Gauge("power", "gpu", Quantity.Power),
        Gauge("power_instant", "", Quantity.Power),
        new("energy", "gpu", Quantity.Energy, SensorShape.Counter),
        Limit("power_cap", "", Quantity.Power),
        Limit("power_cap_set", "", Quantity.Power),
        Limit("power_cap_default", "", Quantity.Power),
        Limit("power_cap_min", "", Quantity.Power),
        Limit("power_cap_max", "", Quantity.Power),
        Gauge("temp", "gpu", Quantity.Temperature),
        Limit("temp_throttle", "", Quantity.Temperature),
        Limit("temp_crit", "", Quantity.Temperature),
        Gauge("memory_temp", "memory", Quantity.Temperature),
        Gauge("utilization", "", Quantity.Ratio),
        Gauge("memory_utilization", "", Quantity.Ratio),
        Gauge("memory_used", "", Quantity.Information),
        Limit("memory_total", "", Quantity.Information),
        Gauge("graphics_clock", "", Quantity.Frequency),
        Limit("graphics_clock_max", "", Quantity.Frequency),
        Gauge("memory_clock", "", Quantity.Frequency),
        Gauge("fan", "", Quantity.Ratio),
        Gauge("throttled_thermal", "", Quantity.State),
        Gauge("throttled_power", "", Quantity.State),
        Gauge("power_capped", "", Quantity.State),
        Gauge("hw_slowdown", "", Quantity.State),
    ];

    public Bounds Bounds { get; } = (Name, Quantity, Shape) switch
    {
        ("fan", _, _) => FanDuty,
        (_, Quantity.Power, SensorShape.Gauge) => NoNegativePower,
        _ => Plausibility.For(Quantity, Shape),
    };

    private static NvidiaChannelInfo Gauge(string name, string label, Quantity quantity) => new(name, label, quantity, SensorShape.Gauge);

    private static NvidiaChannelInfo Limit(string name, string label, Quantity quantity) => new(name, label, quantity, SensorShape.Limit);
}

using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Nvidia;

/// <summary>What is read of a GPU; the index into its readings.</summary>
internal enum NvidiaChannel
{
    Power,
    PowerInstant,
    Energy,
    MemoryPower,
    PowerCap,
    PowerCapSet,
    PowerCapDefault,
    PowerCapMin,
    PowerCapMax,
    Temperature,
    TemperatureMax,
    TemperatureThrottle,
    TemperatureCritical,
    MemoryTemperature,
    MemoryTemperatureMax,
    Utilization,
    MemoryUtilization,
    EncoderUtilization,
    DecoderUtilization,
    MemoryUsed,
    MemoryTotal,
    GraphicsClock,
    GraphicsClockMax,
    MemoryClock,
    VideoClock,
    PerformanceState,
    Fan,
    Fan2,
    Fan3,
    FanSpeed,
    ThrottledThermal,
    ThrottledPower,
    ExternalBrake,
    FrequencyCapped,
    HardwareSlowdown,
    ThrottledThermalTime,
    ThrottledPowerTime,
    ExternalBrakeTime,
    EccCorrected,
    EccUncorrected,
    EccCorrectedLifetime,
    EccUncorrectedLifetime,
    XidErrors,
    LastXid,
    Xid1,
    Xid1Errors,
    Xid2,
    Xid2Errors,
    Xid3,
    Xid3Errors,
    Xid4,
    Xid4Errors,
    PcieGeneration,
    PcieGenerationMax,
    PcieWidth,
    PcieWidthMax,
    PcieReplays,
    PcieSent,
    PcieReceived,
    MultiInstance,
    Instances,
}

/// <summary>How a channel is called and what can be a measurement of it.</summary>
internal sealed record NvidiaChannelInfo(string Name, string Label, Quantity Quantity, SensorShape Shape)
{
    // Before the channels, which use them.
    private static readonly Bounds NoNegativePower = new(0, 4_000_000_000, "outside 0 to 4000 W: a sentinel or a unit error of the driver");

    // What answers is awake, and no card that is awake draws less.
    private static readonly Bounds CardPower = new(10_000, 4_000_000_000, "outside 10 mW to 4000 W: no figure of a card that answers");

    // A fan may be asked for more than its nominal speed.
    private static readonly Bounds FanDuty = new(0, 2_000_000, "outside 0 to 2 of its range");

    // 32 is the header's word for "unknown".
    private static readonly Bounds States = new(0, 15_000_000, "no performance state: P0 to P15");

    private static readonly Bounds Generations = new(1_000_000, 10_000_000, "no generation of PCIe");

    /// <summary>By channel.</summary>
    public static readonly NvidiaChannelInfo[] All =
    [
        Gauge("power", "gpu", Quantity.Power),
        Gauge("power_instant", "", Quantity.Power),
        Counter("energy", "gpu", Quantity.Energy),
        Gauge("memory_power", "memory", Quantity.Power),
        Limit("power_cap", "", Quantity.Power),
        Limit("power_cap_set", "", Quantity.Power),
        Limit("power_cap_default", "", Quantity.Power),
        Limit("power_cap_min", "", Quantity.Power),
        Limit("power_cap_max", "", Quantity.Power),
        Gauge("temp", "gpu", Quantity.Temperature),
        Limit("temp_max", "", Quantity.Temperature),
        Limit("temp_throttle", "", Quantity.Temperature),
        Limit("temp_crit", "", Quantity.Temperature),
        Gauge("memory_temp", "memory", Quantity.Temperature),
        Limit("memory_temp_max", "", Quantity.Temperature),
        Gauge("utilization", "", Quantity.Ratio),
        Gauge("memory_utilization", "", Quantity.Ratio),
        Gauge("encoder_utilization", "", Quantity.Ratio),
        Gauge("decoder_utilization", "", Quantity.Ratio),
        Gauge("memory_used", "", Quantity.Information),
        Limit("memory_total", "", Quantity.Information),
        Gauge("graphics_clock", "", Quantity.Frequency),
        Limit("graphics_clock_max", "", Quantity.Frequency),
        Gauge("memory_clock", "", Quantity.Frequency),
        Gauge("video_clock", "", Quantity.Frequency),
        Gauge("performance_state", "", Quantity.Count),
        Gauge("fan", "", Quantity.Ratio),
        Gauge("fan2", "", Quantity.Ratio),
        Gauge("fan3", "", Quantity.Ratio),
        Gauge("fan_speed", "", Quantity.RotationSpeed),
        Gauge("throttled_thermal", "", Quantity.State),
        Gauge("throttled_power", "", Quantity.State),
        Gauge("external_brake", "", Quantity.State),
        Gauge("frequency_capped", "", Quantity.State),
        Gauge("hw_slowdown", "", Quantity.State),
        Counter("throttled_thermal_seconds", "", Quantity.Duration),
        Counter("throttled_power_seconds", "", Quantity.Duration),
        Counter("external_brake_seconds", "", Quantity.Duration),
        Counter("ecc_corrected", "", Quantity.Count),
        Counter("ecc_uncorrected", "", Quantity.Count),
        Counter("ecc_corrected_lifetime", "", Quantity.Count),
        Counter("ecc_uncorrected_lifetime", "", Quantity.Count),
        Counter("xid_errors", "", Quantity.Count),
        Gauge("last_xid", "", Quantity.Count),
        Gauge("xid1", "", Quantity.Count),
        Counter("xid1_errors", "", Quantity.Count),
        Gauge("xid2", "", Quantity.Count),
        Counter("xid2_errors", "", Quantity.Count),
        Gauge("xid3", "", Quantity.Count),
        Counter("xid3_errors", "", Quantity.Count),
        Gauge("xid4", "", Quantity.Count),
        Counter("xid4_errors", "", Quantity.Count),
        Gauge("pcie_generation", "", Quantity.Count),
        Limit("pcie_generation_max", "", Quantity.Count),
        Gauge("pcie_width", "", Quantity.Count),
        Limit("pcie_width_max", "", Quantity.Count),
        Counter("pcie_replays", "", Quantity.Count),
        Counter("pcie_sent", "", Quantity.Information),
        Counter("pcie_received", "", Quantity.Information),
        Gauge("multi_instance", "", Quantity.State),
        Gauge("instances", "", Quantity.Count),
    ];

    public Bounds Bounds { get; } = (Name, Quantity, Shape) switch
    {
        ("fan" or "fan2" or "fan3", _, _) => FanDuty,
        ("performance_state", _, _) => States,
        ("pcie_width" or "pcie_width_max", _, _) => Plausibility.Lanes,
        ("pcie_generation" or "pcie_generation_max", _, _) => Generations,
        ("power" or "power_instant", _, _) => CardPower,
        (_, Quantity.Power, SensorShape.Gauge) => NoNegativePower,
        _ => Plausibility.For(Quantity, Shape),
    };

    private static NvidiaChannelInfo Gauge(string name, string label, Quantity quantity) => new(name, label, quantity, SensorShape.Gauge);

    private static NvidiaChannelInfo Counter(string name, string label, Quantity quantity) => new(name, label, quantity, SensorShape.Counter);

    private static NvidiaChannelInfo Limit(string name, string label, Quantity quantity) => new(name, label, quantity, SensorShape.Limit);
}

using System.Collections.Immutable;
using Homelab.Aggregator.Fleet;
using Homelab.Units;
using static Homelab.Aggregator.Prometheus.MetricFamilies;

namespace Homelab.Aggregator.Prometheus;

/// <summary>The metrics of GPUs and the sensors that they are made of: at most 35 series a GPU.</summary>
/// <remarks>Sources <c>nvidia</c>, <c>amdgpu</c> and <c>intel_gpu</c>; of a board's own GPU clock and load come by <see cref="BoardFamilies"/>. Power, energy and temperatures of AMD's and Intel's GPUs come from hwmon and are among
/// the node's parts; left out are channels that follow from others (highest clocks, the video clock, second fans, lifetime counts).</remarks>
internal static class GpuFamilies
{
    public static readonly MetricFamily Facts = new("homelab_gpu_info", MetricType.Info, "", ["node", "gpu", "vendor", "model", "uuid", "driver", "pci_bus_id"],
        "What a GPU is; driver is the version of NVIDIA's, else the driver's name. Empty is what is not known (yet: it sleeps).");
    public static readonly MetricFamily Power = Gauge("homelab_gpu_power_watts", "watts", ["node", "gpu"],
        "Power of one GPU's board, on most NVIDIA GPUs since Ampere a mean over 1 s; with MIG of the whole card.");
    public static readonly MetricFamily PowerInstant = Gauge("homelab_gpu_power_instant_watts", "watts", ["node", "gpu"],
        "Power of one GPU's board without a mean.");
    public static readonly MetricFamily Energy = Counter("homelab_gpu_energy_joules_total", "joules", ["node", "gpu"],
        "Energy of one GPU's board since its agent started.");
    public static readonly MetricFamily PowerLimit = Gauge("homelab_gpu_power_limit_watts", "watts", ["node", "gpu", "limit"],
        "Power limits of one GPU: enforced, requested, default, min, max.");
    public static readonly MetricFamily Temperature = Gauge("homelab_gpu_temperature_celsius", "celsius", ["node", "gpu", "sensor"],
        "Temperature in one GPU: core, memory, soc and its voltage regulators.");
    public static readonly MetricFamily TemperatureLimit = Gauge("homelab_gpu_temperature_limit_celsius", "celsius", ["node", "gpu", "sensor", "limit"],
        "Bound of a GPU's temperature: max, throttle, crit.");
    public static readonly MetricFamily Utilization = Gauge("homelab_gpu_utilization_ratio", "ratio", ["node", "gpu", "engine"],
        "Share of time in which a part of the GPU had work; absent for a GPU that is cut into instances (MIG).");
    public static readonly MetricFamily Idle = Counter("homelab_gpu_idle_seconds_total", "seconds", ["node", "gpu", "domain"],
        "Time that a part of the GPU was powered down, since its agent started.");
    public static readonly MetricFamily MemoryUsed = Gauge("homelab_gpu_memory_used_bytes", "bytes", ["node", "gpu"],
        "Memory of the GPU in use, without what its driver keeps.");
    public static readonly MetricFamily MemoryTotal = Gauge("homelab_gpu_memory_total_bytes", "bytes", ["node", "gpu"],
        "Memory of the GPU.");
    public static readonly MetricFamily Clock = Gauge("homelab_gpu_clock_hertz", "hertz", ["node", "gpu", "domain"],
        "Clock of a part of the GPU now.");
    public static readonly MetricFamily Throttled = Gauge("homelab_gpu_throttled", "", ["node", "gpu", "reason"],
        "1 while the GPU's clocks are held down for this reason; hw_slowdown: by the hardware itself, whatever for.");
    public static readonly MetricFamily ThrottledSeconds = Counter("homelab_gpu_throttled_seconds_total", "seconds", ["node", "gpu", "reason"],
        "Time that the GPU's clocks were held down, by its own count, since its agent started.");
    public static readonly MetricFamily EccErrors = Counter("homelab_gpu_ecc_errors_total", "", ["node", "gpu", "type"],
        "Memory errors since the agent started: corrected, uncorrected.");
    public static readonly MetricFamily XidErrors = Counter("homelab_gpu_xid_errors_total", "", ["node", "gpu", "xid"],
        "Errors that NVIDIA's driver reported of the GPU since the agent started, by NVIDIA's number (Xid): the GPU's first four kinds, each from its first error on, and other.");
    public static readonly MetricFamily Fan = Gauge("homelab_gpu_fan_ratio", "ratio", ["node", "gpu", "fan"],
        "Speed that the GPU's first fan (0) is asked for, as a share of its full speed.");
    public static readonly MetricFamily PcieGeneration = Gauge("homelab_gpu_pcie_generation", "", ["node", "gpu"],
        "Generation of PCIe that the GPU's link runs at now; it falls while the GPU is idle.");
    public static readonly MetricFamily PcieReplays = Counter("homelab_gpu_pcie_replays_total", "", ["node", "gpu"],
        "Packets that the GPU's link sent again since the agent started: a bad riser or slot.");

    public static readonly ImmutableArray<MetricFamily> All =
    [
        Facts, Power, PowerInstant, Energy, PowerLimit, Temperature, TemperatureLimit, Utilization, Idle, MemoryUsed, MemoryTotal, Clock,
        Throttled, ThrottledSeconds, EccErrors, XidErrors, Fan, PcieGeneration, PcieReplays,
    ];

    public static bool IsGpu(FleetSensor sensor) => Vendor(sensor).Length > 0;

    /// <summary>Who made the GPU; empty for a sensor of anything else.</summary>
    public static string Vendor(FleetSensor sensor) => sensor.Source switch
    {
        "nvidia" => "nvidia",
        "amdgpu" => "amd",
        "intel_gpu" => "intel",
        _ => "",
    };

    /// <summary>The PCI address at the end of its device, <c>0000:01:00.0</c>; empty for one that is on no PCI bus.</summary>
    public static string BusAddress(FleetSensor sensor)
    {
        var address = sensor.Device[(sensor.Device.LastIndexOfAny(['@', '/']) + 1)..];
        return address.Length == 12 && address[4] == ':' && address[7] == ':' && address[10] == '.' ? address : "";
    }

    /// <summary>Null: the sensor has no metric.</summary>
    public static SensorPlace? Of(FleetSensor sensor) => sensor.Name switch
    {
        "power" => Place(Power, sensor),
        "power_instant" => Place(PowerInstant, sensor),
        "energy" => Place(Energy, sensor),
        "power_cap" => Place(PowerLimit, sensor, "enforced"),
        "power_cap_set" => Place(PowerLimit, sensor, "requested"),
        "power_cap_default" => Place(PowerLimit, sensor, "default"),
        "power_cap_min" => Place(PowerLimit, sensor, "min"),
        "power_cap_max" => Place(PowerLimit, sensor, "max"),
        "temp" => Place(Temperature, sensor, "core"),
        "temp_max" => Place(TemperatureLimit, sensor, "core", "max"),
        "temp_throttle" => Place(TemperatureLimit, sensor, "core", "throttle"),
        "temp_crit" => Place(TemperatureLimit, sensor, "core", "crit"),
        "utilization" => Place(Utilization, sensor, "compute"),
        "memory_used" => Place(MemoryUsed, sensor),
        "memory_total" => Place(MemoryTotal, sensor),
        "throttled_thermal" or "throttled_power" or "throttled_current" => Place(Throttled, sensor, sensor.Name["throttled_".Length..]),
        "external_brake" or "frequency_capped" or "hw_slowdown" => Place(Throttled, sensor, sensor.Name),
        "throttled_thermal_seconds" => Place(ThrottledSeconds, sensor, "thermal"),
        "throttled_power_seconds" => Place(ThrottledSeconds, sensor, "power"),
        "external_brake_seconds" => Place(ThrottledSeconds, sensor, "external_brake"),
        "ecc_corrected" or "ecc_uncorrected" => Place(EccErrors, sensor, sensor.Name["ecc_".Length..]),
        // What the kinds leave of it.
        "xid_errors" => Place(XidErrors, sensor, "other"),
        "fan" => Place(Fan, sensor, "0"),
        "pcie_generation" => Place(PcieGeneration, sensor),
        "pcie_replays" => Place(PcieReplays, sensor),
        "video_clock" => null,
        _ => ByEnding(sensor),
    };

    private static SensorPlace? ByEnding(FleetSensor sensor) => (sensor.Quantity, sensor.Shape) switch
    {
        (Quantity.Temperature, SensorShape.Gauge) => Place(Temperature, sensor, Part(sensor.Name, "_temp")),
        (Quantity.Ratio, SensorShape.Gauge) when sensor.Name.EndsWith("_utilization", StringComparison.Ordinal) => Place(Utilization, sensor, Part(sensor.Name, "_utilization")),
        (Quantity.Duration, SensorShape.Counter) when sensor.Name.EndsWith("_idle_seconds", StringComparison.Ordinal) => Place(Idle, sensor, Part(sensor.Name, "_idle_seconds")),
        (Quantity.Frequency, SensorShape.Gauge) => Place(Clock, sensor, Part(sensor.Name, "_clock")),
        _ => null,
    };

    private static string Part(string name, string ending) => name.EndsWith(ending, StringComparison.Ordinal) ? name[..^ending.Length] : name;

    private static SensorPlace Place(MetricFamily family, FleetSensor sensor, params ReadOnlySpan<string> labels) => new(family, [sensor.Device, .. labels]);
}

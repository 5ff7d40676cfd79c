using Homelab.Aggregator.Fleet;
using Homelab.Units;
using static Homelab.Aggregator.Prometheus.MetricFamilies;

namespace Homelab.Aggregator.Prometheus;

/// <summary>The metrics of what single boards, laptops and monitors have beside the common sensors: other clocks, an NPU, batteries, alarms.</summary>
internal static class BoardFamilies
{
    public static readonly MetricFamily ClusterUtilization = Gauge("homelab_node_cpu_cluster_utilization_ratio", "ratio", ["node", "policy"],
        "Share of processor time in use in one frequency domain.");
    public static readonly MetricFamily Idle = Counter("homelab_node_cpu_idle_seconds_total", "seconds", ["node", "state"],
        "Time of all processors together in an idle state since the agent started.");
    public static readonly MetricFamily Clock = Gauge("homelab_node_clock_hertz", "hertz", ["node", "device", "clock"],
        "Clock of another part than the processor's frequency domains: memory, NPU, firmware's clocks.");
    public static readonly MetricFamily NpuUtilization = Gauge("homelab_npu_utilization_ratio", "ratio", ["node", "core"],
        "Share of time in which a core of the NPU had work.");
    public static readonly MetricFamily DeviceUtilization = Gauge("homelab_node_device_utilization_ratio", "ratio", ["node", "device"],
        "Load of another part with a clock of its own, as a share of what it can do at that clock: the memory controller, a whole NPU.");
    public static readonly MetricFamily UpsCharge = Gauge("homelab_ups_battery_charge_ratio", "ratio", ["node", "ups"],
        "Charge of a battery in the node or on its USB.");
    public static readonly MetricFamily UpsHealth = Gauge("homelab_ups_battery_health_ratio", "ratio", ["node", "ups"],
        "Charge of a full battery as a share of what it was designed for.");
    public static readonly MetricFamily UpsRuntime = Gauge("homelab_ups_battery_runtime_seconds", "seconds", ["node", "ups"],
        "Time until a battery is empty, as its driver reckons; absent while it is not being emptied.");
    public static readonly MetricFamily UpsPower = Gauge("homelab_ups_power_watts", "watts", ["node", "ups"],
        "Power that leaves a battery; negative while it is charged.");
    public static readonly MetricFamily UpsStatus = Gauge("homelab_ups_status", "", ["node", "ups", "flag"],
        "1 while the flag holds: online (the supply feeds the node), on_battery (nothing else does), health_alarm (its driver reports a bad battery).");
    public static readonly MetricFamily Humidity = Gauge("homelab_node_humidity_ratio", "ratio", ["node", "chip", "sensor"],
        "Relative humidity.");
    public static readonly MetricFamily FanDuty = Gauge("homelab_node_fan_duty_ratio", "ratio", ["node", "chip", "sensor"],
        "Speed that a fan is asked for, as a share of its full speed.");
    public static readonly MetricFamily Alarm = Gauge("homelab_node_alarm", "", ["node", "chip", "sensor"],
        "1 while a monitor chip raises this alarm, by its own limits; absent while it does not.");
    public static readonly MetricFamily AlarmsRaised = Gauge("homelab_node_alarms_raised", "", ["node"],
        "Alarms of monitor chips that are raised now; absent where no chip has any.");
    public static readonly MetricFamily Alarms = Counter("homelab_node_alarms_total", "", ["node", "chip", "sensor"],
        "Times that a monitor chip's alarm line rang since the agent started.");

    /// <summary>Written by <see cref="SensorExposition"/>.</summary>
    public static readonly MetricFamily LeftOut = Gauge("homelab_node_sensors_left_out", "", ["node"],
        "Sensors without a series, because the node has 150 or its GPU 35 without them; the API has them all.");

    /// <summary>Null: the sensor is none of these.</summary>
    public static SensorPlace? Of(FleetSensor sensor) => sensor.Source switch
    {
        "cluster" when sensor.Name == "utilization" => new(ClusterUtilization, [sensor.Device]),
        "cpuidle" => new(Idle, [sensor.Title]),
        "devfreq" => OfDevfreq(sensor),
        "rknpu" => new(NpuUtilization, [sensor.Name == "load" ? "core0" : sensor.Name.Split('_')[0]]),
        "power_supply" => OfSupply(sensor),
        "hwmon" or "i2c" => OfMonitor(sensor),
        "raspberrypi" when sensor.Quantity == Quantity.Frequency => new(Clock, [sensor.Device, sensor.Title]),
        _ => null,
    };

    /// <summary>Clock and load now; the ranges are settings.</summary>
    private static SensorPlace? OfDevfreq(FleetSensor sensor) => (sensor.Name, sensor.Label) switch
    {
        ("cur_freq", "gpu") => new(GpuFamilies.Clock, [sensor.Device, "graphics"]),
        ("cur_freq", _) => new(Clock, [sensor.Device, sensor.Title]),
        ("load", "gpu") => new(GpuFamilies.Utilization, [sensor.Device, "compute"]),
        ("load", _) => new(DeviceUtilization, [sensor.Device]),
        _ => null,
    };

    private static SensorPlace? OfSupply(FleetSensor sensor) => sensor.Name switch
    {
        "capacity" => new(UpsCharge, [sensor.Device]),
        "time_to_empty" => new(UpsRuntime, [sensor.Device]),
        "power" => new(UpsPower, [sensor.Device]),
        "full_of_design" => new(UpsHealth, [sensor.Device]),
        "online" or "on_battery" or "health_alarm" => new(UpsStatus, [sensor.Device, sensor.Name]),
        _ => null,
    };

    private static SensorPlace? OfMonitor(FleetSensor sensor) => (sensor.Quantity, sensor.Shape) switch
    {
        (Quantity.Frequency, SensorShape.Gauge) => new(Clock, [sensor.Device, sensor.Title]),
        (Quantity.Ratio, SensorShape.Gauge) when sensor.Name.StartsWith("pwm", StringComparison.Ordinal) => new(FanDuty, [sensor.Device, sensor.Name]),
        (Quantity.Ratio, SensorShape.Gauge) when sensor.Name.StartsWith("humidity", StringComparison.Ordinal) => new(Humidity, [sensor.Device, sensor.Name]),
        (Quantity.State, SensorShape.Gauge) => new(Alarm, [sensor.Device, sensor.Name]),
        (Quantity.Count, SensorShape.Counter) => new(Alarms, [sensor.Device, sensor.Name]),
        _ => null,
    };
}

using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Prometheus;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Prometheus;

public sealed class SensorFamiliesTests
{
    [Theory]
    [InlineData("powercap", "intel-rapl:0", "energy", "package-0", Quantity.Energy, "Counter", "homelab_node_component_energy_joules_total cpu_package,intel-rapl:0")]
    [InlineData("powercap", "intel-rapl:1", "energy", "psys", Quantity.Energy, "Counter", "homelab_node_component_energy_joules_total psys,intel-rapl:1")]
    [InlineData("powercap", "intel-rapl:0", "long_term", "package-0", Quantity.Power, "Limit", "homelab_node_power_limit_watts intel-rapl:0,pl1")]
    [InlineData("hwmon", "amdgpu@p", "power1", "PPT", Quantity.Power, "Gauge", "homelab_node_component_power_watts PPT,amdgpu@p")]
    [InlineData("hwmon", "amdgpu@p", "power1_cap", "", Quantity.Power, "Limit", "homelab_node_power_limit_watts amdgpu@p,cap")]
    [InlineData("hwmon", "ina@p", "power2_crit", "", Quantity.Power, "Limit", "homelab_node_power_limit_watts ina@p,power2_crit")]
    [InlineData("hwmon", "nvme@p", "temp1", "Composite", Quantity.Temperature, "Gauge", "homelab_node_temperature_celsius nvme@p,temp1,Composite")]
    [InlineData("hwmon", "nvme@p", "temp1_crit", "Composite", Quantity.Temperature, "Limit", "homelab_node_temperature_limit_celsius nvme@p,temp1,crit")]
    [InlineData("thermal", "soc", "trip_point_0", "passive", Quantity.Temperature, "Limit", "homelab_node_temperature_limit_celsius soc,temp,throttle")]
    [InlineData("hwmon", "n", "fan1", "", Quantity.RotationSpeed, "Gauge", "homelab_node_fan_rpm n,fan1")]
    [InlineData("hwmon", "n", "in0", "", Quantity.Voltage, "Gauge", "homelab_node_voltage_volts n,in0")]
    [InlineData("hwmon", "n", "curr1", "", Quantity.Current, "Gauge", "homelab_node_current_amperes n,curr1")]
    [InlineData("cpufreq", "policy0", "scaling_cur_freq", "", Quantity.Frequency, "Gauge", "homelab_node_cpu_frequency_hertz policy0")]
    [InlineData("cpufreq", "policy0", "scaling_max_freq", "", Quantity.Frequency, "Limit", "homelab_node_cpu_frequency_max_hertz policy0")]
    [InlineData("cooling", "pwm-fan", "fan", "", Quantity.Ratio, "Gauge", "homelab_node_cooling_state_ratio pwm-fan")]
    [InlineData("pressure", "io", "full_avg10", "", Quantity.Ratio, "Gauge", "homelab_node_pressure_ratio io,full")]
    [InlineData("pressure", "io", "full_total", "", Quantity.Duration, "Counter", "homelab_node_pressure_stalled_seconds_total io,full")]
    [InlineData("perf", "package-0:dram", "energy", "dram", Quantity.Energy, "Counter", "homelab_node_component_energy_joules_total dram,package-0:dram")]
    [InlineData("ipmi", "ipmi0", "power", "dcmi", Quantity.Power, "Gauge", "homelab_node_component_power_watts dcmi,ipmi0")]
    [InlineData("ipmi", "ipmi0", "power_highest", "dcmi", Quantity.Power, "Gauge", "homelab_node_component_power_watts dcmi_highest,ipmi0")]
    [InlineData("i2c", "ina226@1-0x40", "power", "VDD_IN", Quantity.Power, "Gauge", "homelab_node_component_power_watts VDD_IN,ina226@1-0x40")]
    [InlineData("i2c", "ina226@1-0x40", "alert", "OverCurrent", Quantity.State, "Gauge", "homelab_node_alarm ina226@1-0x40,alert")]
    [InlineData("i2c", "ina226@1-0x40", "alerts", "OverCurrent", Quantity.Count, "Counter", "homelab_node_alarms_total ina226@1-0x40,alerts")]
    [InlineData("raspberrypi", "pmic", "vdd_core_power", "VDD_CORE", Quantity.Power, "Gauge", "homelab_node_component_power_watts VDD_CORE,pmic")]
    [InlineData("raspberrypi", "firmware", "arm_clock", "arm", Quantity.Frequency, "Gauge", "homelab_node_clock_hertz firmware,arm")]
    [InlineData("raspberrypi", "firmware", "under_voltage", "", Quantity.State, "Gauge", null)]
    [InlineData("devfreq", "fb000000.gpu", "cur_freq", "gpu", Quantity.Frequency, "Gauge", "homelab_gpu_clock_hertz fb000000.gpu,graphics")]
    [InlineData("devfreq", "fb000000.gpu", "load", "gpu", Quantity.Ratio, "Gauge", "homelab_gpu_utilization_ratio fb000000.gpu,compute")]
    [InlineData("devfreq", "dmc", "load", "memory", Quantity.Ratio, "Gauge", "homelab_node_device_utilization_ratio dmc")]
    [InlineData("devfreq", "dmc", "max_freq", "memory", Quantity.Frequency, "Limit", null)]
    [InlineData("rknpu", "rknpu", "core1_load", "npu", Quantity.Ratio, "Gauge", "homelab_npu_utilization_ratio core1")]
    [InlineData("cpuidle", "cpuidle", "state2", "C6", Quantity.Duration, "Counter", "homelab_node_cpu_idle_seconds_total C6")]
    [InlineData("cluster", "policy4", "utilization", "", Quantity.Ratio, "Gauge", "homelab_node_cpu_cluster_utilization_ratio policy4")]
    [InlineData("power_supply", "BAT0", "time_to_empty", "battery", Quantity.Duration, "Gauge", "homelab_ups_battery_runtime_seconds BAT0")]
    [InlineData("power_supply", "BAT0", "capacity", "battery", Quantity.Ratio, "Gauge", "homelab_ups_battery_charge_ratio BAT0")]
    [InlineData("power_supply", "BAT0", "power", "battery", Quantity.Power, "Gauge", "homelab_ups_power_watts BAT0")]
    [InlineData("power_supply", "node", "discharge", "batteries", Quantity.Power, "Gauge", "homelab_node_component_power_watts batteries,node")]
    [InlineData("power_supply", "node", "on_battery", "", Quantity.State, "Gauge", "homelab_ups_status node,on_battery")]
    [InlineData("hwmon", "n", "pwm1", "", Quantity.Ratio, "Gauge", "homelab_node_fan_duty_ratio n,pwm1")]
    [InlineData("hwmon", "n", "humidity1", "", Quantity.Ratio, "Gauge", "homelab_node_humidity_ratio n,humidity1")]
    [InlineData("hwmon", "nvme@p", "temp1_min", "Composite", Quantity.Temperature, "Limit", null)]
    [InlineData("cpufreq", "policy0", "cpuinfo_min_freq", "", Quantity.Frequency, "Limit", null)]
    [InlineData("cpu", "cpu", "utilization", "", Quantity.Ratio, "Gauge", null)]
    [InlineData("future", "x", "y", "", Quantity.Unknown, "Unknown", null)]
    public void Of_Sensor_HasItsFamilyAndLabels(string source, string device, string name, string label, Quantity quantity, string shape, string? expected)
    {
        var place = SensorFamilies.Of(Sample.Sensor(source, device, name, quantity, Enum.Parse<SensorShape>(shape), label));

        Assert.Equal(expected, place is { } found ? $"{found.Family.Name} {string.Join(',', found.Labels)}" : null);
        Assert.True(place is null || place.Value.Labels.Length + 1 == place.Value.Family.Labels.Length);
    }
}

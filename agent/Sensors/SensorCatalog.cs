using Homelab.NodeAgent.Sensors.Bmc;
using Homelab.NodeAgent.Sensors.Cgroup;
using Homelab.NodeAgent.Sensors.Cpu;
using Homelab.NodeAgent.Sensors.CpuFreq;
using Homelab.NodeAgent.Sensors.CpuIdle;
using Homelab.NodeAgent.Sensors.Devfreq;
using Homelab.NodeAgent.Sensors.Graphics;
using Homelab.NodeAgent.Sensors.Hwmon;
using Homelab.NodeAgent.Sensors.I2c;
using Homelab.NodeAgent.Sensors.Nvidia;
using Homelab.NodeAgent.Sensors.Powercap;
using Homelab.NodeAgent.Sensors.PowerPmu;
using Homelab.NodeAgent.Sensors.PowerSupply;
using Homelab.NodeAgent.Sensors.Pressure;
using Homelab.NodeAgent.Sensors.RaspberryPi;
using Homelab.NodeAgent.Sensors.Thermal;

namespace Homelab.NodeAgent.Sensors;

/// <summary>Every source there is. Adding one is its file, a line here and a row in SENSORS.md.</summary>
internal static class SensorCatalog
{
    /// <summary>New sources on each call, in the order that an inventory lists them. All state is in the sensors they find, but for sources that keep a library or a device open.</summary>
    /// <param name="monitors">Power monitors that the operator named; none when null.</param>
    public static IReadOnlyList<ISensorSource> Sources(IReadOnlyList<MonitorSpec>? monitors = null) => Sources(new NvidiaSource(), monitors);

    private static ISensorSource[] Sources(NvidiaSource nvidia, IReadOnlyList<MonitorSpec>? monitors) =>
    [
        new PowercapSource(),
        new HwmonSource(),
        new ThermalZoneSource(),
        new CoolingDeviceSource(),
        new CpuFreqSource(),
        new CpuIdleSource(),
        new CpuUseSource(),
        new ThrottleSource(),
        new PressureSource(),
        new DevfreqSource(),
        new NpuLoadSource(),
        new RaspberryPiSource(),
        nvidia,
        new NvidiaProcessSource() { Nvidia = nvidia },
        new AmdgpuSource(),
        new IntelGpuSource(),
        new ClusterUseSource(),
        new CgroupSource(),
        new PowerSupplySource(),
        new IpmiSource(),
        new PerfSource(),
        new I2cSource() { Monitors = monitors ?? [] },
    ];
}

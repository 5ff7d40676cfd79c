namespace Homelab.NodeAgent.Sensors.Tests;

public sealed class SensorCatalogTests
{
    [Fact]
    public void Sources_Names_AreShortUniqueWords()
    {
        var names = SensorCatalog.Sources().Select(static source => source.Name).ToList();

        Assert.Equal(["powercap", "hwmon", "thermal", "cooling", "cpufreq", "cpuidle", "cpu", "throttle", "pressure", "devfreq", "rknpu", "raspberrypi", "nvidia", "nvidia_processes", "amdgpu", "intel_gpu", "cluster", "cgroup", "power_supply", "ipmi", "perf", "i2c"], names);
    }

    [Fact]
    public void Sources_RunningMachine_ReadWithoutThrowing()
    {
        var root = new HostRoot("/", new PosixFiles());

        foreach (var source in SensorCatalog.Sources())
        {
            var discovery = source.Discover(root);

            Assert.All(discovery.Sensors, sensor =>
            {
                Assert.Equal(source.Name, sensor.Info.Source);
                Assert.NotEqual(default, sensor.Read().Quality);
            });
        }
    }
}

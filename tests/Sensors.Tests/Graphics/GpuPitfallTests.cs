using Homelab.NodeAgent.Sensors.Graphics;
using Homelab.NodeAgent.Sensors.Hwmon;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.Graphics;

/// <summary>What other programs got wrong with AMD's and Intel's GPUs, each by name.</summary>
public sealed class GpuPitfallTests
{
    private const string Device = "/sys/devices/pci0000:00/0000:00:01.0/0000:03:00.0";

    /// <summary>MangoHud issues 1202 and 1620: kernel 6.6 renamed the file; some cards have one of the two, APUs both.</summary>
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Read_PowerAverageOrInput_IsOneFigure(bool hasAverage, bool hasInput)
    {
        using var host = Card();
        if (hasAverage)
            host.Put(Device + "/hwmon/hwmon0/power1_average", "155000000\n");
        if (hasInput)
            host.Put(Device + "/hwmon/hwmon0/power1_input", "155000000\n");

        Assert.Equal(155, new HwmonSource().Discover(host.Root).Sensors.Single(static sensor => sensor.Info.Quantity == Quantity.Power).Read().Value());
    }

    [Theory]
    [InlineData("4294967295000", Quality.Implausible)]
    [InlineData("1000", Quality.Implausible)]
    [InlineData("3690000000000", Quality.Implausible)]
    [InlineData("155000000", Quality.Ok)]
    public void Read_PowerThatCanNotBe_IsNoNumber(string microwatts, Quality quality)
    {
        using var host = Card();
        host.Put(Device + "/hwmon/hwmon0/power1_average", microwatts + "\n");

        Assert.Equal(quality, new HwmonSource().Discover(host.Root).Sensors.Single(static sensor => sensor.Info.Quantity == Quantity.Power).Read().Quality);
    }

    /// <summary>beszel issue 1522, nvtop issue 267: a look at a card that sleeps costs 20 W.</summary>
    [Fact]
    public void Read_SuspendedGpu_IsWokenByNoSource()
    {
        using var host = Card();
        host.Put(Device + "/hwmon/hwmon0/power1_average", "155000000\n");
        host.Put(Device + "/gpu_busy_percent", "3\n");
        File.WriteAllBytes(host.Locate(Device + "/gpu_metrics"), GpuMetricsTests.Table(1, 3, 120));
        host.Put(Device + "/power/runtime_status", "suspended\n");
        var files = new ScriptedFiles();
        var root = host.Seen(files);

        var sensors = (ISensorSource[])[new HwmonSource(), new AmdgpuSource(), new IntelGpuSource()];
        var readings = sensors.SelectMany(source => source.Discover(root).Sensors).Select(static sensor => sensor.Read().Quality).ToList();

        Assert.Equal(2, readings.Count);
        Assert.All(readings, static quality => Assert.Equal(Quality.Asleep, quality));
        Assert.DoesNotContain(files.Reads, static path => path.EndsWith("gpu_busy_percent", StringComparison.Ordinal) || path.EndsWith("power1_average", StringComparison.Ordinal) || path.EndsWith("gpu_metrics", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_ConnectorsAndRenderNodes_AreNoCards()
    {
        using var host = Card();
        host.Put("/sys/class/drm/renderD128/dev", "226:128\n");
        host.Put("/sys/class/drm/version", "drm 1.1.0 20060810\n");
        host.Put(Device + "/gpu_busy_percent", "3\n");

        Assert.Single(new AmdgpuSource().Discover(host.Root).Sensors);
    }

    /// <summary>The table of one APU has its socket in watts and its cores in milliwatts.</summary>
    [Fact]
    public void Read_PowerInUnitsOfTheChipsOwn_IsNotTaken()
    {
        using var host = FixtureHost.Recorded("radeon");

        Assert.DoesNotContain(new AmdgpuSource().Discover(host.Root).Sensors, static sensor => sensor.Info.Quantity == Quantity.Power);
    }

    private static FixtureHost Card()
    {
        var host = GraphicsHost.With("amdgpu", "pci0000:00/0000:00:01.0/0000:03:00.0");
        host.Put(Device + "/class", "0x030000\n");
        host.Put(Device + "/hwmon/hwmon0/name", "amdgpu\n");
        host.Put(Device + "/hwmon/hwmon0/device", "-> ../../");
        host.Put("/sys/class/hwmon/hwmon0", "-> ../../devices/pci0000:00/0000:00:01.0/0000:03:00.0/hwmon/hwmon0");
        return host;
    }
}

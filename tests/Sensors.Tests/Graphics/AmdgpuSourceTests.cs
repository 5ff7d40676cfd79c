using Homelab.NodeAgent.Sensors.Graphics;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.Graphics;

public sealed class AmdgpuSourceTests : IDisposable
{
    private const string Device = "/sys/devices/pci0000:00/0000:00:01.0/0000:03:00.0";

    private readonly FixtureHost _host = GraphicsHost.With("amdgpu", "pci0000:00/0000:00:01.0/0000:03:00.0");
    private readonly AmdgpuSource _source = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Discover_NoSuchGpu_SaysSo()
    {
        using var host = GraphicsHost.With("nouveau", "pci0000:00/0000:00:01.0/0000:03:00.0");

        var discovery = _source.Discover(host.Root);

        Assert.Empty(discovery.Sensors);
        Assert.Equal(FindingKind.Foreign, Assert.Single(discovery.Findings).Kind);
    }

    [Fact]
    public void Discover_Files_AreNamedAsTheHwmonChipIs()
    {
        _host.Put(Device + "/gpu_busy_percent", "38\n");
        _host.Put(Device + "/mem_info_gtt_used", "4096\n");

        var discovery = _source.Discover(_host.Root);

        Assert.All(discovery.Sensors, static sensor => Assert.Equal("amdgpu@pci0000:00/0000:00:01.0/0000:03:00.0", sensor.Info.Device));
        Assert.Equal((0.38, 4096), (discovery.Sensor("utilization").Read().Value(), discovery.Sensor("gtt_used").Read().Value()));
        Assert.Equal("/sys/class/drm/card0/device/gpu_busy_percent", discovery.Sensor("utilization").Info.Path);
    }

    [Theory]
    [InlineData("16", Quality.Ok)]
    [InlineData("63", Quality.Implausible)] // The device does not answer.
    [InlineData("255", Quality.Implausible)] // The kernel's own "unknown".
    [InlineData("0", Quality.Implausible)]
    [InlineData("-1", Quality.Implausible)]
    public void Read_LinkWidth_IsOneOrNone(string width, Quality quality)
    {
        _host.Put(Device + "/pcie_replay_count", "0\n");
        _host.Put(Device + "/current_link_width", width + "\n");

        Assert.Equal(quality, _source.Discover(_host.Root).Sensor("pcie_width").Read().Quality);
    }

    [Theory]
    [InlineData(0x1, "throttled_power")]
    [InlineData(0x8000, "throttled_power")]
    [InlineData(0x1_0000, "throttled_current")]
    [InlineData(0x80_0000, "throttled_current")]
    [InlineData(0x10_0000_0000, "throttled_thermal")]
    [InlineData(0x8000_0000_0000, "throttled_thermal")]
    [InlineData(0x1_0000_0000_0000, null)]
    public void Read_TheKernelsOwnBits_RaiseTheirCause(long bits, string? flag)
    {
        var table = GpuMetricsTests.Table(1, 3, 120);
        BitConverter.GetBytes(bits).CopyTo(table, 112);
        Put(table);

        var discovery = _source.Discover(_host.Root);

        string[] causes = ["throttled_thermal", "throttled_power", "throttled_current"];
        Assert.Equal(flag is null ? [] : [flag], causes.Where(name => discovery.Sensor(name).Read().Value() == 1));
    }

    [Fact]
    public void Read_TheChipsOwnBits_SayOnlyThatSomethingHolds()
    {
        var table = GpuMetricsTests.Table(2, 1, 120);
        table[108] = 4;
        Put(table);

        var discovery = _source.Discover(_host.Root);

        Assert.Equal(1, discovery.Sensor("hw_slowdown").Read().Value());
        Assert.DoesNotContain(discovery.Sensors, static sensor => sensor.Info.Name.StartsWith("throttled", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_TimesThatGrow_AreThrottlingNow()
    {
        var table = GpuMetricsTests.Table(3, 0, 264);
        table[248] = 7;
        Put(table);
        var heat = _source.Discover(_host.Root).Sensor("throttled_thermal");
        Assert.Equal(0, heat.Read().Value());

        table[248] = 9;
        Put(table);
        Assert.Equal(1, heat.Read().Value());
        Assert.Equal(0, heat.Read().Value());
    }

    [Fact]
    public void Read_PowerOfVersionThree_IsMilliwatts()
    {
        var table = GpuMetricsTests.Table(3, 0, 264);
        BitConverter.GetBytes(27_500).CopyTo(table, 112);
        BitConverter.GetBytes((ushort)1_250).CopyTo(table, 116);
        BitConverter.GetBytes(uint.MaxValue).CopyTo(table, 124);
        Put(table);

        var discovery = _source.Discover(_host.Root);

        Assert.Equal((27.5, 1.25), (discovery.Sensor("socket_power").Read().Value(), discovery.Sensor("npu_power").Read().Value()));
        Assert.Equal(Quality.Unsupported, discovery.Sensor("graphics_power").Read().Quality);
    }

    [Fact]
    public void Read_PowerOfOlderVersions_IsLeftToHwmon()
    {
        Put(GpuMetricsTests.Table(2, 1, 120));

        Assert.DoesNotContain(_source.Discover(_host.Root).Sensors, static sensor => sensor.Info.Quantity == Quantity.Power);
    }

    [Fact]
    public void Discover_UnknownVersion_IsANoteAndTheFilesAreRead()
    {
        _host.Put(Device + "/gpu_busy_percent", "5\n");
        Put(GpuMetricsTests.Table(1, 7, 400));

        var discovery = _source.Discover(_host.Root);

        Assert.Equal("utilization", Assert.Single(discovery.Sensors).Info.Name);
        Assert.Contains("1.7", Assert.Single(discovery.Findings).Meaning, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_TableThatShrinks_IsAFaultAndNoNumber()
    {
        Put(GpuMetricsTests.Table(1, 3, 120));
        var discovery = _source.Discover(_host.Root);
        Assert.All(discovery.Sensors, static sensor => Assert.NotEqual(Quality.Fault, sensor.Read().Quality));

        Put([1, 2, 3]);

        Assert.All(discovery.Sensors, static sensor => Assert.Equal((Quality.Fault, null), (sensor.Read().Quality, sensor.Read().Micros)));
    }

    [Fact]
    public void Read_SleepingGpu_IsNotTouched()
    {
        _host.Put(Device + "/gpu_busy_percent", "38\n");
        _host.Put(Device + "/pp_dpm_sclk", "0: 500Mhz *\n");
        Put(GpuMetricsTests.Table(1, 3, 120));
        var files = new ScriptedFiles();
        var root = _host.Seen(files);
        var count = _source.Discover(root).Sensors.Count;
        _host.Put(Device + "/power/runtime_status", "suspended\n");
        files.ForgetReads();

        var discovery = _source.Discover(root);

        Assert.Equal(count, discovery.Sensors.Count);
        Assert.All(discovery.Sensors, static sensor => Assert.Equal(Quality.Asleep, sensor.Read().Quality));
        Assert.All(files.Reads, static path => Assert.EndsWith("/power/runtime_status", path, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_OneFileRefuses_CostsThatChannelOnly()
    {
        _host.Put(Device + "/gpu_busy_percent", "38\n");
        _host.Put(Device + "/mem_busy_percent", "1\n");
        var files = new ScriptedFiles().Fail("/mem_busy_percent", Errno.NotSupported).Fail("/gpu_busy_percent", Errno.NotPermitted);

        var discovery = _source.Discover(_host.Seen(files));

        Assert.Equal(Quality.Unsupported, discovery.Sensor("memory_utilization").Read().Quality);
        Assert.Equal(Quality.Asleep, discovery.Sensor("utilization").Read().Quality);
    }

    private void Put(byte[] table) => File.WriteAllBytes(_host.Locate(Device + "/gpu_metrics"), table);
}

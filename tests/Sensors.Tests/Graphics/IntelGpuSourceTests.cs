using Homelab.NodeAgent.Sensors.Graphics;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.Graphics;

public sealed class IntelGpuSourceTests
{
    private const string Device = "pci0000:00/0000:00:02.0";

    private readonly IntelGpuSource _source = new();

    [Theory]
    [InlineData("thermal", "throttled_thermal")]
    [InlineData("ratl", "throttled_thermal")]
    [InlineData("vr_thermalert", "throttled_thermal")]
    [InlineData("pl1", "throttled_power")]
    [InlineData("pl4", "throttled_power")]
    [InlineData("vr_tdc", "throttled_current")]
    [InlineData("prochot", "external_brake")]
    public void Read_AReasonOfI915_RaisesItsCause(string reason, string cause)
    {
        using var host = GraphicsHost.With("i915", Device);
        foreach (var other in (string[])["pl1", "pl2", "pl4", "thermal", "prochot", "ratl", "vr_thermalert", "vr_tdc", "status"])
            host.Put($"/sys/devices/{Device}/drm/card0/gt/gt0/throttle_reason_{other}", other == reason ? "1\n" : "0\n");

        var raised = _source.Discover(host.Root).Sensors.Where(static sensor => sensor.Read().Value() == 1);

        Assert.Equal([cause], raised.Select(static sensor => sensor.Info.Name));
    }

    [Fact]
    public void Read_OnePartOfAnXe_RaisesTheCauseOfTheWhole()
    {
        using var host = GraphicsHost.With("xe", Device);
        foreach (var part in (string[])["gt0", "gt1"])
        {
            host.Put($"/sys/devices/{Device}/tile0/{part}/freq0/act_freq", "1200\n");
            host.Put($"/sys/devices/{Device}/tile0/{part}/freq0/throttle/reason_thermal", part == "gt1" ? "1\n" : "0\n");
        }

        var discovery = _source.Discover(host.Root);

        Assert.Equal(1, discovery.Sensor("throttled_thermal").Read().Value());
        Assert.Equal((1.2e9, 1.2e9), (discovery.Sensor("gt0_clock").Read().Value(), discovery.Sensor("gt1_clock").Read().Value()));
        Assert.Equal(("xe@" + Device, "xe"), (discovery.Sensor("gt0_clock").Info.Device, discovery.Sensor("gt0_clock").Info.Driver));
    }

    [Fact]
    public void Discover_KernelBefore518_ReadsTheOlderFiles()
    {
        using var host = GraphicsHost.With("i915", Device);
        host.Put($"/sys/devices/{Device}/drm/card0/gt_act_freq_mhz", "600\n");
        host.Put($"/sys/devices/{Device}/drm/card0/gt_RP0_freq_mhz", "1200\n");

        var discovery = _source.Discover(host.Root);

        Assert.Equal((6e8, 1.2e9), (discovery.Sensor("gt0_clock").Read().Value(), discovery.Sensor("gt0_clock_max").Read().Value()));
    }

    [Fact]
    public void Read_SleepingGpu_IsNotTouched()
    {
        using var host = GraphicsHost.With("i915", Device);
        host.Put($"/sys/devices/{Device}/drm/card0/gt/gt0/rc6_residency_ms", "5000\n");
        host.Put($"/sys/devices/{Device}/drm/card0/gt/gt0/throttle_reason_pl1", "0\n");
        host.Put($"/sys/devices/{Device}/power/runtime_status", "suspended\n");
        var files = new ScriptedFiles();

        var discovery = _source.Discover(host.Seen(files));

        Assert.Equal(2, discovery.Sensors.Count);
        Assert.All(discovery.Sensors, static sensor => Assert.Equal(Quality.Asleep, sensor.Read().Quality));
        Assert.All(files.Reads, static path => Assert.EndsWith("/power/runtime_status", path, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("2\n", Quality.Fault)]
    [InlineData("", Quality.Fault)]
    [InlineData("yes\n", Quality.Fault)]
    public void Read_FlagThatIsNone_IsNoFlag(string text, Quality quality)
    {
        using var host = GraphicsHost.With("i915", Device);
        host.Put($"/sys/devices/{Device}/drm/card0/gt/gt0/throttle_reason_thermal", text);

        Assert.Equal(quality, _source.Discover(host.Root).Sensor("throttled_thermal").Read().Quality);
    }
}

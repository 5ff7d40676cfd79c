using Homelab.NodeAgent.Sensors.Devfreq;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.Devfreq;

public sealed class NpuLoadSourceTests
{
    private const string File = "/sys/kernel/debug/rknpu/load";

    [Fact]
    public void Discover_Rk3588_HasThreeCoresFromOneRead()
    {
        using var host = FixtureHost.Recorded("rk1");
        var files = new ScriptedFiles();
        var discovery = new NpuLoadSource().Discover(host.Seen(files));
        files.ForgetReads();

        Assert.Equal([("core0_load", 0.0), ("core1_load", 0.05), ("core2_load", 0.0)], discovery.Sensors.Select(static sensor => (sensor.Info.Name, sensor.Read().Value()!.Value)));
        Assert.Single(files.Reads);
    }

    [Fact]
    public void Discover_PartWithOneCore_HasOneLoad()
    {
        using var host = FixtureHost.Of((File, "NPU load:  17%\n"));
        var sensor = Assert.Single(new NpuLoadSource().Discover(host.Root).Sensors);

        Assert.Equal(("load", 0.17), (sensor.Info.Name, sensor.Read().Value()));
    }

    [Theory]
    [InlineData("NPU load:  Core0:  0%, Core1:   %, Core2:  0%,\n", Quality.Fault)]
    [InlineData("NPU load:  Core0:  0%, Core1:  250%, Core2:  0%,\n", Quality.Implausible)]
    [InlineData("NPU load:  Core0:  0%,\n", Quality.Fault)]
    [InlineData("", Quality.Fault)]
    public void Read_CoreWithoutAShare_HasNoValue(string text, Quality quality)
    {
        using var host = FixtureHost.Of((File, "NPU load:  Core0:  0%, Core1:  5%, Core2:  0%,\n"));
        var core = new NpuLoadSource().Discover(host.Root).Sensor("core1_load");
        host.Put(File, text);

        Assert.Equal(quality, core.Read().Quality);
    }

    [Fact]
    public void Discover_DebugfsOfRootAlone_IsDeniedWithBothWaysOut()
    {
        using var host = FixtureHost.Recorded("rk1");
        var finding = Assert.Single(new NpuLoadSource().Discover(host.Seen(new ScriptedFiles().Fail("rknpu/load", Errno.Access))).Findings);

        Assert.Equal((FindingKind.Denied, File, "EACCES"), (finding.Kind, finding.Path, finding.Errno));
        Assert.Contains("CAP_DAC_READ_SEARCH", finding.Fix, StringComparison.Ordinal);
        Assert.Contains("collectors.rknpu: off", finding.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Discover_NoDebugfs_IsMendableOnlyWhereThereIsAnNpu()
    {
        using var npu = FixtureHost.Of(("/sys/class/devfreq/fdab0000.npu/cur_freq", "1000000000"));
        using var none = FixtureHost.Recorded("rk1-mainline");

        Assert.Contains("mount -t debugfs", Assert.Single(new NpuLoadSource().Discover(npu.Root).Findings).Fix, StringComparison.Ordinal);
        var mainline = Assert.Single(new NpuLoadSource().Discover(none.Root).Findings);
        Assert.Equal(FindingKind.Hint, mainline.Kind);
        Assert.DoesNotContain("debugfs", mainline.Fix, StringComparison.Ordinal);
        using var other = FixtureHost.Recorded("n100");
        Assert.Equal(FindingKind.Foreign, Assert.Single(new NpuLoadSource().Discover(other.Root).Findings).Kind);
    }
}

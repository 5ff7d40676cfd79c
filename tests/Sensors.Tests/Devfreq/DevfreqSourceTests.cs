using Homelab.NodeAgent.Sensors.Devfreq;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.Devfreq;

public sealed class DevfreqSourceTests
{
    [Fact]
    public void Discover_VendorRk1_HasClocksAndLoadsOfGpuNpuAndMemory()
    {
        using var host = FixtureHost.Recorded("rk1");
        var discovery = new DevfreqSource().Discover(host.Root);

        Assert.Equal(["dmc memory", "fb000000.gpu gpu", "fdab0000.npu npu"], discovery.Sensors.Select(static sensor => sensor.Info.Device + " " + sensor.Info.Label).Distinct());
        Assert.Equal(300e6, discovery.Sensor("fb000000.gpu", "cur_freq").Read().Value());
        Assert.Equal(1000e6, discovery.Sensor("fb000000.gpu", "max_freq").Read().Value());
        Assert.Equal(SensorShape.Limit, discovery.Sensor("fb000000.gpu", "max_freq").Info.Shape);
        Assert.Equal(SensorShape.Gauge, discovery.Sensor("fb000000.gpu", "target_freq").Info.Shape);
        Assert.Equal(0.07, discovery.Sensor("fb000000.gpu", "load").Read().Value());
        Assert.Equal(0.03, discovery.Sensor("dmc", "load").Read().Value());
    }

    [Fact]
    public void Discover_MainlineRk1_HasTheGpuWithoutALoad()
    {
        using var host = FixtureHost.Recorded("rk1-mainline");
        var names = new DevfreqSource().Discover(host.Root).Sensors.Select(static sensor => sensor.Info.Device + "/" + sensor.Info.Name);

        Assert.Equal(["fb000000.gpu/cur_freq", "fb000000.gpu/target_freq", "fb000000.gpu/min_freq", "fb000000.gpu/max_freq"], names);
    }

    [Theory]
    [InlineData("dmc", "memory")]
    [InlineData("soc:memory-controller", "memory")]
    [InlineData("17000000.gpu", "gpu")]
    [InlineData("ffe40000.npu", "npu")]
    [InlineData("mali", "mali")]
    [InlineData("trailing.", "")]
    public void Role_Entry_IsWhatStandsBehindTheAddress(string entry, string role) => Assert.Equal(role, DevfreqSource.Role(entry));

    [Theory]
    [InlineData(Errno.Access, "Denied")]
    [InlineData(Errno.NoEntry, "Foreign")]
    public void Discover_NothingToList_SaysWhy(int errno, string kind)
    {
        using var host = FixtureHost.Of();

        var finding = Assert.Single(new DevfreqSource().Discover(host.Seen(new ScriptedFiles().Fail("/class/devfreq", errno))).Findings);

        Assert.Equal(kind, finding.Kind.ToString());
    }

    [Theory]
    [InlineData("7@300000000Hz\n", Quality.Ok, 0.07)]
    [InlineData("100@1000000000Hz", Quality.Ok, 1.0)]
    [InlineData("42\n", Quality.Ok, 0.42)]
    [InlineData("101@300000000Hz", Quality.Implausible, 1.01)]
    [InlineData("@300000000Hz", Quality.Fault, null)]
    [InlineData("-1@300000000Hz", Quality.Fault, null)]
    [InlineData("7 300000000", Quality.Fault, null)]
    [InlineData("", Quality.Unsupported, null)]
    public void Read_Load_IsAShareOrNothing(string text, Quality quality, double? value)
    {
        using var host = FixtureHost.Of(("/sys/class/devfreq/fb000000.gpu/load", text));
        var reading = new DevfreqSource().Discover(host.Root).Sensor("load").Read();

        Assert.Equal((quality, value), (reading.Quality, reading.Value()));
    }

    [Theory]
    [InlineData(Errno.NoDevice, Quality.Unsupported)]
    [InlineData(Errno.Invalid, Quality.Unsupported)]
    [InlineData(Errno.InputOutput, Quality.Fault)]
    public void Read_LoadRefused_LeavesTheClocks(int errno, Quality quality)
    {
        using var host = FixtureHost.Recorded("rk1");
        var discovery = new DevfreqSource().Discover(host.Seen(new ScriptedFiles().Fail("fb000000.gpu/load", errno)));

        Assert.Equal(quality, discovery.Sensor("fb000000.gpu", "load").Read().Quality);
        Assert.Equal(Quality.Ok, discovery.Sensor("fb000000.gpu", "cur_freq").Read().Quality);
        Assert.Equal(Quality.Ok, discovery.Sensor("dmc", "load").Read().Quality);
    }
}

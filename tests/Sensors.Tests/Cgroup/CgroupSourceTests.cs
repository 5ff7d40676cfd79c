using Homelab.NodeAgent.Sensors.Cgroup;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.Cgroup;

public sealed class CgroupSourceTests
{
    private const string Outer = "fd9d0ea06257a9780827cbc7fd92e3812a54fca26d63e191b73610d5d48b9cbd";
    private const string Inner = "99f3a16ea25b7724cb56a4f0c0df1113ad9474fbf5545bead97fd5c7f61c13f4";
    private const string Pod = "/sys/fs/cgroup/kubepods.slice/kubepods-podeab5a334_93fe_48a8_b139_9e8079c1f163.slice";
    private const string Usage = "usage_usec 2500000\nuser_usec 2000000\nsystem_usec 500000\n";

    [Fact]
    public void Discover_VersionTwo_ReadsEachContainersMicroseconds()
    {
        using var host = FixtureHost.Of(
            ("/sys/fs/cgroup/cgroup.controllers", "cpu memory\n"),
            ("/sys/fs/cgroup/cpu.stat", Usage),
            (Pod + "/cpu.stat", Usage),
            ($"{Pod}/cri-containerd-{Inner}.scope/cpu.stat", Usage));

        var sensor = Assert.Single(new CgroupSource().Discover(host.Root).Sensors);

        Assert.Equal(("pod:eab5a334-93fe-48a8-b139-9e8079c1f163", Inner[..12], Quantity.Duration, SensorShape.Counter),
            (sensor.Info.Device, sensor.Info.Name, sensor.Info.Quantity, sensor.Info.Shape));
        Assert.Equal(Reading.Ok(2_500_000), sensor.Read());
    }

    [Theory]
    [InlineData("default_web-0_eab5a334-93fe-48a8-b139-9e8079c1f163", "default/web-0", 0)]
    [InlineData("Default_web-0_eab5a334-93fe-48a8-b139-9e8079c1f163", "", 1)]
    [InlineData("default_web-0_00000000-93fe-48a8-b139-9e8079c1f163", "", 0)]
    public void Discover_LogFoldersOfTheKubelet_NameThePods(string folder, string name, int findings)
    {
        using var host = FixtureHost.Of(
            ("/sys/fs/cgroup/cgroup.controllers", "cpu memory\n"),
            ($"{Pod}/cri-containerd-{Inner}.scope/cpu.stat", Usage),
            ($"/var/log/pods/{folder}/", ""));

        var found = new CgroupSource().Discover(host.Root);

        Assert.Equal(name, Assert.Single(found.Sensors).Info.Label);
        Assert.Equal(findings, found.Findings.Count(static finding => finding is { Kind: FindingKind.Note, Path: "/var/log/pods" }));
    }

    [Theory]
    [InlineData("cpuacct")]
    [InlineData("cpu,cpuacct")]
    public void Discover_VersionOne_ReadsEachContainersNanoseconds(string controller)
    {
        using var host = FixtureHost.Of(
            ($"/sys/fs/cgroup/{controller}/cpuacct.usage", "9000000000\n"),
            ($"/sys/fs/cgroup/{controller}/docker/{Inner}/cpuacct.usage", "2500000999\n"));

        var sensor = Assert.Single(new CgroupSource().Discover(host.Root).Sensors);

        Assert.Equal(("container", Reading.Ok(2_500_000)), (sensor.Info.Device, sensor.Read()));
    }

    [Fact]
    public void Discover_KindNode_CountsTheInnerContainerAndNotItsHostToo()
    {
        var outer = $"/sys/fs/cgroup/system.slice/docker-{Outer}.scope";
        using var host = FixtureHost.Of(
            ("/sys/fs/cgroup/cgroup.controllers", "cpu\n"),
            (outer + "/cpu.stat", Usage),
            ($"{outer}/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-podeab5a334_93fe_48a8_b139_9e8079c1f163.slice/cri-containerd-{Inner}.scope/cpu.stat", Usage));

        Assert.Equal([Inner[..12]], new CgroupSource().Discover(host.Root).Sensors.Select(static sensor => sensor.Info.Name));
    }

    [Theory]
    [InlineData("lxc.payload.web")]
    [InlineData("lxc/101/ns")]
    public void Discover_ContainersInAnLxcSystem_AreFound(string system)
    {
        using var host = FixtureHost.Of(
            ("/sys/fs/cgroup/cgroup.controllers", "cpu\n"),
            ($"/sys/fs/cgroup/{system}/system.slice/docker-{Outer}.scope/cpu.stat", Usage));

        Assert.Equal([Outer[..12]], new CgroupSource().Discover(host.Root).Sensors.Select(static sensor => sensor.Info.Name));
    }

    [Fact]
    public void Discover_MonitorsOfContainers_AreNoContainers()
    {
        using var host = FixtureHost.Of(
            ("/sys/fs/cgroup/cgroup.controllers", "cpu\n"),
            ($"{Pod}/crio-conmon-{Outer}.scope/cpu.stat", Usage),
            ($"{Pod}/crio-{Inner}.scope/cpu.stat", Usage));

        Assert.Equal([Inner[..12]], new CgroupSource().Discover(host.Root).Sensors.Select(static sensor => sensor.Info.Name));
    }

    [Fact]
    public void Discover_MoreContainersThanAreToldApart_SaysSo()
    {
        using var host = FixtureHost.Of(("/sys/fs/cgroup/cgroup.controllers", "cpu\n"));
        for (var i = 0; i <= CgroupSource.MostContainers; i++)
            host.Put($"/sys/fs/cgroup/docker/{i:x12}{Inner[12..]}/cpu.stat", Usage);

        var found = new CgroupSource().Discover(host.Root);

        Assert.Equal(CgroupSource.MostContainers, found.Sensors.Count);
        Assert.Equal(FindingKind.Note, Assert.Single(found.Findings).Kind);
    }

    [Theory]
    [InlineData("")]
    [InlineData("usage_usec")]
    [InlineData("usage_usec -5\n")]
    [InlineData("usage_usec 12x\n")]
    [InlineData("usage_usec 99999999999999999999\n")]
    [InlineData("user_usec 5\nusage_usec 5\n")]
    public void Read_Garbage_IsAFaultAndNoFigure(string text)
    {
        using var host = FixtureHost.Of(("/sys/fs/cgroup/cgroup.controllers", "cpu\n"), ($"/sys/fs/cgroup/docker/{Inner}/cpu.stat", text));

        var reading = Assert.Single(new CgroupSource().Discover(host.Root).Sensors).Read();

        Assert.Equal((Quality.Fault, (long?)null), (reading.Quality, reading.Micros));
    }
}

using System.Text;
using Homelab.NodeAgent.Sensors.Cgroup;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests.Cgroup;

public sealed class ProcessPlacesTests
{
    private const string Inner = "99f3a16ea25b7724cb56a4f0c0df1113ad9474fbf5545bead97fd5c7f61c13f4";
    private const string Outer = "fd9d0ea06257a9780827cbc7fd92e3812a54fca26d63e191b73610d5d48b9cbd";
    private const string Group = "/kubepods.slice/kubepods-podeab5a334_93fe_48a8_b139_9e8079c1f163.slice/cri-containerd-" + Inner + ".scope";

    [Theory]
    [InlineData("0::" + Group + "\n", true)]
    [InlineData("0::/../../kubepods-podeab5a334_93fe_48a8_b139_9e8079c1f163.slice/cri-containerd-" + Inner + ".scope\n", true)]
    [InlineData("0::/../cri-containerd-" + Inner + ".scope\n", true)]
    [InlineData("12:pids:/x\n4:cpu,cpuacct:/docker/" + Inner + "\n1:name=systemd:/docker/" + Outer + "\n0::/\n", true)]
    [InlineData("1:name=systemd:/docker/" + Inner + "\n0::/user.slice\n", true)]
    [InlineData("0::/system.slice/docker-" + Outer + ".scope/kubelet.slice/cri-containerd-" + Inner + ".scope\n", true)]
    [InlineData("0::/system.slice/ssh.service\n", false)]
    [InlineData("0::/\n", false)]
    [InlineData("0::" + Group, false)]
    [InlineData("", false)]
    [InlineData(":::\n\n:\n0\n", false)]
    public void ContainerIn_TextOfTheKernel_IsTheInnermostContainer(string text, bool isOne) =>
        Assert.Equal(isOne ? Inner[..12] : null, ProcessPlaces.ContainerIn(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Of_NumbersThatMeanNobody_AreInNoContainer()
    {
        using var host = FixtureHost.Of(("/proc/0/cgroup", $"0::{Group}\n"), ("/proc/701/cgroup", "0::/init.scope\n"));
        var places = new ProcessPlaces(host.Root);

        Assert.Equal((null, false), (places.Of(0, out var zero), zero));
        Assert.Equal((null, false), (places.Of(uint.MaxValue, out var absent), absent));
        Assert.Equal((null, true), (places.Of(701, out var init), init));
    }

    [Fact]
    public void Of_ANumberThatComesAgain_IsTheNewProcess()
    {
        using var host = FixtureHost.Of(("/proc/700/cgroup", $"0::{Group}\n"));
        var places = new ProcessPlaces(host.Root);
        Assert.Equal(Inner[..12], places.Of(700, out _));

        host.Put("/proc/700/cgroup", $"0::/docker/{Outer}\n");
        Assert.Equal(Outer[..12], places.Of(700, out _));

        File.Delete(host.Locate("/proc/700/cgroup"));
        Assert.Null(places.Of(700, out _));
    }

    [Fact]
    public void End_ProcessesThatWereNotAskedFor_AreForgotten()
    {
        using var host = FixtureHost.Of(("/proc/700/cgroup", $"0::{Group}\n"));
        var places = new ProcessPlaces(host.Root);
        for (uint round = 0; round < 50; round++)
        {
            places.Begin();
            for (uint i = 0; i < 20; i++)
                places.Of(1000 + (round * 20) + i, out _);
            Assert.Equal(Inner[..12], places.Of(700, out _));
            places.End();
        }

        Assert.Equal(21, places.Count);
    }

    [Theory]
    [InlineData("kthreadd\n", "Name:\tagent\nNSpid:\t4711\n", 2)]
    [InlineData("kthreadd\n", "Name:\tagent\nNSpid:\t4711\t1\nVmPeak:\t12 kB\n", 1)]
    [InlineData("kthreadd\n", "Name:\tagent\n", 2)]
    [InlineData("kthreadd\n", null, 2)]
    [InlineData("sh\n", "Name:\tagent\nNSpid:\t7\n", 0)]
    [InlineData(null, "Name:\tagent\nNSpid:\t7\n", 0)]
    public void At_SomebodysProc_SaysWhoseNumbersItHas(string? second, string? self, int whose)
    {
        using var host = FixtureHost.Of();
        if (second is not null)
            host.Put("/proc/2/comm", second);
        if (self is not null)
            host.Put("/proc/self/status", self);

        Assert.Equal((ProcessNumbers)whose, ProcessNumbersLook.At(host.Root));
    }
}

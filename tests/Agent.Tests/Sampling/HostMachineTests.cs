using Homelab.NodeAgent.Sampling;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Tests.Sampling;

public class HostMachineTests
{
    [Fact]
    public void IsReplay_TheRunningMachine_IsNone()
    {
        Assert.False(HostMachine.IsReplay(new HostRoot("/", new PosixFiles())));
    }

    [Theory]
    [InlineData("/proc/self/stat", "1 (x) S", false)]
    [InlineData("/sys/kernel/uevent_seqnum", "9", false)]
    [InlineData("/proc/stat", "cpu 1 2 3 4", true)]
    public void IsReplay_AnotherRoot_DependsOnALiveKernel(string path, string text, bool isReplay)
    {
        var files = new ScriptedFiles().Answer(path, text);

        Assert.Equal(isReplay, HostMachine.IsReplay(new HostRoot("/recorded", files)));
    }

    [Theory]
    [InlineData("vendor_id\t: AuthenticAMD\n", "amd64")]
    [InlineData("processor : 0\nCPU implementer\t: 0x41\nCPU architecture: 8\n", "arm64")]
    [InlineData("CPU implementer\t: 0x41\nCPU architecture: 7\n", "arm")]
    [InlineData("", "")]
    public void Architecture_ARecording_IsReadFromItsCpuinfo(string cpuInfo, string expected)
    {
        var files = new ScriptedFiles().Answer("/proc/cpuinfo", cpuInfo);

        Assert.Equal(expected, HostMachine.Architecture(new HostRoot("/recorded", files)));
    }

    [Fact]
    public void Name_AnotherRootWithAName_BeatsThisContainersName()
    {
        var files = new ScriptedFiles().Answer("/etc/hostname", "rk1-2\n");

        Assert.Equal("rk1-2", HostMachine.Name(new HostRoot("/host", files)));
    }
}

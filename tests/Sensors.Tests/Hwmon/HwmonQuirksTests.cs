using Homelab.NodeAgent.Sensors.Hwmon;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests.Hwmon;

public sealed class HwmonQuirksTests
{
    [Theory]
    [InlineData("amdgpu", "", true)]
    [InlineData("xe", "", true)]
    [InlineData("nvme", "0x010802", false)]
    [InlineData("npu", "0x120000", true)]
    [InlineData("other", "0x030200", true)]
    [InlineData("other", "", false)]
    public void MaySleep_PciChip_OnlyGpusAndAccelerators(string name, string pciClass, bool expected)
    {
        using var host = FixtureHost.Of(("/sys/devices/pci0000:00/0000:03:00.0/class", pciClass));

        Assert.Equal(expected, HwmonQuirks.MaySleep(host.Root, new HwmonChip(name, "pci0000:00/0000:03:00.0", "", [])));
    }

    [Fact]
    public void MaySleep_PlatformChip_Never()
    {
        using var host = FixtureHost.Of();

        Assert.False(HwmonQuirks.MaySleep(host.Root, new HwmonChip("amdgpu", "platform/x", "", [])));
    }
}

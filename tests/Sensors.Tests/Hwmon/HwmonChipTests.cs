using Homelab.NodeAgent.Sensors.Hwmon;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests.Hwmon;

public sealed class HwmonChipTests
{
    [Theory]
    [InlineData("platform/coretemp.0/hwmon/hwmon0", "chip@platform/coretemp.0")]
    [InlineData("pci0000:00/0000:01:00.0/nvme/nvme0/hwmon0", "chip@pci0000:00/0000:01:00.0/nvme/nvme0")]
    [InlineData("virtual/hwmon/hwmon0", "chip@virtual")]
    [InlineData("platform/hwmon-fan/hwmon/hwmon0", "chip@platform/hwmon-fan")]
    public void Key_DevicePath_LosesOnlyTheHwmonPart(string device, string key)
    {
        using var host = FixtureHost.Of(($"/sys/devices/{device}/name", "chip"), ("/sys/class/hwmon/hwmon0", $"-> ../../devices/{device}"));

        Assert.Equal(key, HwmonChip.Read(host.Root, "/sys/class/hwmon/hwmon0", out _)!.Key);
    }

    [Theory]
    [InlineData("virtual/thermal/thermal_zone0/hwmon0", true)]
    [InlineData("platform/thermal_zonex/hwmon/hwmon0", false)]
    [InlineData("platform/coretemp.0/hwmon/hwmon0", false)]
    public void IsThermalZone_DevicePath_Tells(string device, bool expected)
    {
        using var host = FixtureHost.Of(($"/sys/devices/{device}/name", "chip"), ("/sys/class/hwmon/hwmon0", $"-> ../../devices/{device}"));

        Assert.Equal(expected, HwmonChip.Read(host.Root, "/sys/class/hwmon/hwmon0", out _)!.IsThermalZone);
    }

    [Theory]
    [InlineData("pci0000:00/0000:00:01.0/0000:03:00.0", "/sys/devices/pci0000:00/0000:00:01.0/0000:03:00.0")]
    [InlineData("pci0000:00/0000:03:00.0/nvme/nvme0", "/sys/devices/pci0000:00/0000:03:00.0")]
    [InlineData("platform/coretemp.0", null)]
    [InlineData("virtual", null)]
    public void PciDevice_DevicePath_GivesTheFunctionItIsOn(string device, string? pci) =>
        Assert.Equal(pci, new HwmonChip("chip", device, "", []).PciDevice);
}

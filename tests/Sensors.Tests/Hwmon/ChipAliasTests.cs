using FsCheck;
using FsCheck.Fluent;
using Homelab.NodeAgent.Sensors.Hwmon;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests.Hwmon;

public sealed class ChipAliasTests
{
    // The names as sensors(1) prints them.
    [Theory]
    [InlineData("k10temp", "pci0000:00/0000:00:18.3", "k10temp-pci-00c3")]
    [InlineData("amdgpu", "pci0000:00/0000:00:03.1/0000:09:00.0", "amdgpu-pci-0900")]
    [InlineData("nvme", "pci0000:00/0000:00:1d.0/0000:01:00.0/nvme/nvme0", "nvme-pci-0100")]
    [InlineData("nvme", "platform/axi/1000110000.pcie/pci0001:00/0001:00:00.0/0001:01:00.0/nvme/nvme0", "nvme-pci-10100")]
    [InlineData("ina3221", "platform/bus@0/c240000.i2c/i2c-1/1-0040", "ina3221-i2c-1-40")]
    [InlineData("coretemp", "platform/coretemp.0", "coretemp-isa-0000")]
    [InlineData("nct6775", "platform/nct6775.656", "nct6775-isa-0290")]
    [InlineData("rp1_adc", "platform/axi/1000120000.pcie/1f000c8000.adc", "rp1_adc-isa-0000")]
    [InlineData("pwmfan", "platform/cooling_fan", "pwmfan-isa-0000")]
    [InlineData("power_meter", "LNXSYSTM:00/LNXSYBUS:00/ACPI000D:00", "power_meter-acpi-0")]
    [InlineData("corsairpsu", "pci0000:00/0000:00:14.0/usb1/1-3/1-3:1.0/0003:1B1C:1C04.0001", "corsairpsu-hid-3-1")]
    [InlineData("drivetemp", "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0", "drivetemp-scsi-0-0")]
    [InlineData("drivetemp", "pci0000:00/0000:00:17.0/ata2/host1/target1:0:2/1:0:2:3", "drivetemp-scsi-1-23")]
    [InlineData("lm70", "platform/soc/spi0/spi0.1", "lm70-spi-0-1")]
    [InlineData("cpu_thermal", "virtual/thermal/thermal_zone0", "cpu_thermal-virtual-0")]
    [InlineData("chip", "virtual", "chip-virtual-0")]
    public void Of_DevicePath_IsTheNameOfLibsensors(string name, string device, string expected)
    {
        using var host = FixtureHost.Of();

        Assert.Equal(expected, ChipAlias.Of(host.Root, name, device));
    }

    [Fact]
    public void Of_SubsystemLinks_WinOverTheShapeOfTheName()
    {
        // A platform device behind a PCI function, and a class that libsensors passes over.
        const string device = "pci0000:00/0000:00:1f.0/PNP0C31.7/tpm/tpm0";
        using var host = FixtureHost.Of(
            ("/sys/bus/platform/x", ""),
            ("/sys/bus/pci/x", ""),
            ("/sys/class/tpm/x", ""),
            ($"/sys/devices/{device}/subsystem", "-> ../../../../../../class/tpm"),
            ("/sys/devices/pci0000:00/0000:00:1f.0/PNP0C31.7/subsystem", "-> ../../../../bus/platform"),
            ("/sys/devices/pci0000:00/0000:00:1f.0/subsystem", "-> ../../../bus/pci"));

        Assert.Equal("chip-isa-0007", ChipAlias.Of(host.Root, "chip", device));
    }

    [Fact]
    public void Of_AnyPath_NeverThrows()
    {
        using var host = FixtureHost.Of();

        Check.QuickThrowOnFailure(Prop.ForAll<NonNull<string>>(text => ChipAlias.Of(host.Root, "chip", text.Get.Replace('\0', ' ')).StartsWith("chip-", StringComparison.Ordinal)));
    }

    [Fact]
    public void Discover_RecordedChips_CarryTheirAlias()
    {
        using var host = FixtureHost.Recorded("jetson");
        var sensors = new HwmonSource().Discover(host.Root).Sensors;

        Assert.Contains("ina3221-i2c-1-40", sensors.Select(static sensor => sensor.Info.Chip));
        Assert.Equal("ina3221-i2c-1-40", sensors.Single(static sensor => sensor.Info.Name == "power1").Info.Chip);
    }
}

using Homelab.NodeAgent.Sensors.Machine;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests.Machine;

public sealed class MachineNumbersTests
{
    [Theory]
    [InlineData("0f6d1c0e9a5b4c7d8e9f0a1b2c3d4e5f\n", "0f6d1c0e9a5b4c7d8e9f0a1b2c3d4e5f")]
    [InlineData("0F6D1C0E9A5B4C7D8E9F0A1B2C3D4E5F\n", "0f6d1c0e9a5b4c7d8e9f0a1b2c3d4e5f")]
    [InlineData("uninitialized\n", "")]
    [InlineData("00000000000000000000000000000000\n", "")]
    [InlineData("0f6d1c0e9a5b4c7d8e9f0a1b2c3d4exx\n", "")]
    [InlineData("", "")]
    public void MachineId_File_IsTakenWhenItIsOne(string text, string expected)
    {
        using var host = FixtureHost.Of(("/etc/machine-id", text));

        Assert.Equal(expected, MachineNumbers.MachineId(host.Root));
    }

    [Theory]
    [InlineData("4C4C4544-0042-3510-8051-B4C04F4A4B32\n", "4c4c4544-0042-3510-8051-b4c04f4a4b32")]
    [InlineData("03000200-0400-0500-0006-000700080009\n", "")]
    [InlineData("FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF\n", "")]
    [InlineData("Not Settable\n", "")]
    public void SystemUuid_Firmware_IsTakenUnlessItIsAPlaceholder(string text, string expected)
    {
        using var host = FixtureHost.Of(("/sys/class/dmi/id/product_uuid", text));

        Assert.Equal(expected, MachineNumbers.SystemUuid(host.Root));
    }

    [Theory]
    [InlineData("10000000a3b1c2d4\0", "10000000a3b1c2d4")]
    [InlineData("0000000000000000\0", "")]
    [InlineData("<script>\0", "")]
    public void SystemUuid_DeviceTreeOnly_IsItsSerialNumber(string text, string expected)
    {
        using var host = FixtureHost.Of(("/proc/device-tree/serial-number", text));

        Assert.Equal(expected, MachineNumbers.SystemUuid(host.Root));
    }
}

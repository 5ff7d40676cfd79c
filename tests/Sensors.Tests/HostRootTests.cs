using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests;

public sealed class HostRootTests
{
    [Fact]
    public void Canonical_ClassLink_IsTheMachinesOwnPath()
    {
        using var host = FixtureHost.Of(("/sys/devices/platform/x/name", "x"), ("/sys/class/hwmon/hwmon0", "-> ../../devices/platform/x"));

        Assert.Equal("/sys/devices/platform/x", host.Root.Canonical("/sys/class/hwmon/hwmon0"));
        Assert.Equal(host.Locate("/sys/devices/platform/x"), host.Root.LocateDevice("/sys/class/hwmon/hwmon0"));
    }

    [Theory]
    [InlineData("-> /proc")]
    [InlineData("-> nowhere")]
    public void Canonical_LinkOutOrNowhere_IsNull(string link)
    {
        using var host = FixtureHost.Of(("/sys/class/hwmon/hwmon0", link));

        Assert.Null(host.Root.Canonical("/sys/class/hwmon/hwmon0"));
        Assert.Equal(host.Locate("/sys/class/hwmon/hwmon0"), host.Root.LocateDevice("/sys/class/hwmon/hwmon0"));
    }

    [Fact]
    public void Canonical_NeighbourWithTheSamePrefix_IsOutside()
    {
        using var host = FixtureHost.Of(("/root/x", "-> ../root2"), ("/root2/", ""));

        Assert.Null(new HostRoot(host.Locate("/root"), new PosixFiles()).Canonical("/x"));
    }

    [Theory]
    [InlineData("/", "/sys/x", false)]
    [InlineData("/host/", "/host/sys/x", true)]
    public void Locate_Root_IsPutInFront(string root, string located, bool elsewhere)
    {
        var host = new HostRoot(root, new PosixFiles());

        Assert.Equal(located, host.Locate("/sys/x"));
        Assert.Equal(elsewhere, host.IsElsewhere);
    }

    [Fact]
    public void Canonical_RunningMachine_ResolvesItsOwnPaths() =>
        Assert.Equal("/proc/version", new HostRoot("/", new PosixFiles()).Canonical("/proc/./version"));
}

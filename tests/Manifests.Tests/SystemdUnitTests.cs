using Homelab.TestKit;

namespace Homelab.Manifests.Tests;

/// <summary>The agent's unit and its drop-ins: what the sources need, and no more.</summary>
public sealed class SystemdUnitTests
{
    private static readonly string Folder = Path.Combine(RepositoryRoot.Path, "packaging/systemd");

    /// <summary>Device → how it is opened, and the file of the agent that names it.</summary>
    [Theory]
    [InlineData("homelab-agent.service", "char-ipmidev r", "agent/Sensors/Bmc/IpmiSource.cs", "\"/dev/\" + name")]
    [InlineData("homelab-agent.service", "/dev/vcio_gencmd r", "agent/Sensors/RaspberryPi/FirmwareDoor.cs", "\"/dev/vcio_gencmd\"")]
    [InlineData("homelab-agent.service", "/dev/vcio r", "agent/Sensors/RaspberryPi/FirmwareDoor.cs", "\"/dev/vcio\"")]
    [InlineData("homelab-agent.service", "char-nvidia* rw", "agent/Sensors/Nvidia/NvidiaWords.cs", "DeviceAllow=char-nvidia* rw")]
    [InlineData("homelab-agent-devices.conf", "char-i2c rw", "agent/Sensors/I2c/MonitorSpec.cs", "/dev/i2c-")]
    [InlineData("homelab-agent-devices.conf", "char-gpiochip rw", "agent/Gpio/GpioNodes.cs", "\"gpiochip\"")]
    public void DeviceAllow_WhatASourceOpens_IsOpenInItsUnit(string unit, string allowed, string source, string named)
    {
        Assert.Contains(allowed, Lines(unit, "DeviceAllow="));
        Assert.Contains(named, File.ReadAllText(Path.Combine(RepositoryRoot.Path, source)), StringComparison.Ordinal);
    }

    /// <summary>Every other device stays shut, and nothing is open that no source opens.</summary>
    [Fact]
    public void DeviceAllow_UnitWithoutDropIns_OpensOnlyWhatIsReadUnasked()
    {
        Assert.Equal(["closed"], Lines("homelab-agent.service", "DevicePolicy="));
        Assert.Equal(["/dev/vcio r", "/dev/vcio_gencmd r", "char-ipmidev r", "char-nvidia* rw"], Lines("homelab-agent.service", "DeviceAllow=").Order(StringComparer.Ordinal));
    }

    /// <summary>A program that is no root and has no file capabilities loses one that is not ambient as it starts, and a bounding set without it takes it from the ambient ones.</summary>
    [Theory]
    [InlineData("homelab-agent.service")]
    [InlineData("homelab-agent-enforce.conf")]
    public void Units_OfTheAgent_KeepTheCapabilityAmbientAndBounded(string unit)
    {
        foreach (var key in (string[])["AmbientCapabilities=", "CapabilityBoundingSet="])
            Assert.Contains("CAP_DAC_READ_SEARCH", Assert.Single(Lines(unit, key)), StringComparison.Ordinal);
    }

    private static string[] Lines(string unit, string key) =>
        [.. File.ReadAllLines(Path.Combine(Folder, unit)).Where(line => line.StartsWith(key, StringComparison.Ordinal)).Select(line => line[key.Length..])];
}

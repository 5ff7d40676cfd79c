using Homelab.NodeAgent.Sensors.Graphics;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests.Graphics;

public sealed class IdleDisplayTests
{
    [Theory]
    [InlineData("0x1002", "0x030000", "0000:03:00.0", "sudo modprobe amdgpu")]
    [InlineData("0x8086", "0x030000", "0000:03:00.0", "sudo modprobe xe")]
    [InlineData("0x8086", "0x030000", "0000:00:02.0", "")]
    [InlineData("0x1002", "0x040300", "0000:03:00.1", "")]
    [InlineData("0x10de", "0x030000", "0000:03:00.0", "")]
    public void Discover_ACardWithoutDriver_NamesTheModule(string vendor, string kind, string address, string fix)
    {
        using var host = FixtureHost.Of(
            ($"/sys/bus/pci/devices/{address}/vendor", vendor + "\n"),
            ($"/sys/bus/pci/devices/{address}/class", kind + "\n"));

        Finding[] findings = [.. new AmdgpuSource().Discover(host.Root).Findings, .. new IntelGpuSource().Discover(host.Root).Findings];

        Assert.Equal(fix.Length > 0 ? 1 : 0, findings.Count(static finding => finding.Kind == FindingKind.Missing));
        Assert.All(findings.Where(static finding => finding.Kind == FindingKind.Missing), finding => Assert.StartsWith(fix, finding.Fix, StringComparison.Ordinal));
    }

    [Fact]
    public void Discover_ACardThatAGuestHas_IsLeftAlone()
    {
        using var host = FixtureHost.Of(
            ("/sys/bus/pci/devices/0000:03:00.0/vendor", "0x1002\n"),
            ("/sys/bus/pci/devices/0000:03:00.0/class", "0x030000\n"),
            ("/sys/bus/pci/drivers/vfio-pci/", ""),
            ("/sys/bus/pci/devices/0000:03:00.0/driver", "-> ../../drivers/vfio-pci"));

        Assert.Equal(FindingKind.Foreign, Assert.Single(new AmdgpuSource().Discover(host.Root).Findings).Kind);
    }

    [Fact]
    public void Discover_OnTalos_NamesTheExtension()
    {
        using var host = FixtureHost.Of(
            ("/proc/sys/kernel/osrelease", "6.18.45-talos\n"),
            ("/sys/bus/pci/devices/0000:03:00.0/vendor", "0x1002\n"),
            ("/sys/bus/pci/devices/0000:03:00.0/class", "0x030000\n"));

        Assert.StartsWith("a Talos image with the extension amdgpu", Assert.Single(new AmdgpuSource().Discover(host.Root).Findings).Fix, StringComparison.Ordinal);
    }
}

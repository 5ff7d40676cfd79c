using Homelab.NodeAgent.Sensors.Thermal;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.Thermal;

public sealed class CoolingDeviceSourceTests
{
    [Fact]
    public void Discover_FolderShut_IsDeniedAndNotAbsent()
    {
        using var host = FixtureHost.Of(("/proc/cpuinfo", "vendor_id\t: GenuineIntel\n"));
        var finding = Assert.Single(new CoolingDeviceSource().Discover(host.Seen(new ScriptedFiles().Fail("/class/thermal", Errno.Access))).Findings);

        Assert.Equal((FindingKind.Denied, "EACCES"), (finding.Kind, finding.Errno));
        Assert.Contains("read access to /sys", finding.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_State_IsAShareOfTheHighest()
    {
        using var host = FixtureHost.Recorded("pathological");

        Assert.Equal(0.25, Discover(host).Sensor("thermal-cpufreq-0", "throttle").Read().Value());
    }

    [Theory]
    [InlineData("intel_powerclamp", "throttle", Quality.Implausible)]
    [InlineData("cpufreq-cpu0", "throttle", Quality.Implausible)]
    [InlineData("TFN1", "fan", Quality.Fault)]
    public void Read_BogusState_IsNeverARatio(string device, string name, Quality quality)
    {
        using var host = FixtureHost.Recorded("pathological");

        Assert.Equal(quality, Discover(host).Sensor(device, name).Read().Quality);
    }

    [Theory]
    [InlineData("cooling_device2")]
    [InlineData("cooling_device5")]
    public void Discover_DeviceWithoutStates_IsLeftOutWithANote(string folder)
    {
        using var host = FixtureHost.Recorded("pathological");

        Assert.Contains(Discover(host).Findings, finding => finding.Path.Contains(folder, StringComparison.Ordinal) && finding.Kind == FindingKind.Note);
    }

    private static Discovery Discover(FixtureHost host) => new CoolingDeviceSource().Discover(host.Root);
}

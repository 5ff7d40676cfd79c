using Homelab.NodeAgent.Sensors.Hwmon;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests.Hwmon;

public sealed class HwmonExpectedTests
{
    private const string Intel = "vendor_id\t: GenuineIntel\ncpu family\t: 6\n";
    private const string Amd = "vendor_id\t: AuthenticAMD\ncpu family\t: 25\n";

    [Theory]
    [InlineData(Intel, "nvme", "sudo modprobe coretemp")]
    [InlineData(Intel, "coretemp", "")]
    [InlineData(Amd, "nvme", "sudo modprobe k10temp")]
    [InlineData(Amd, "k10temp", "")]
    [InlineData(Amd, "zenpower", "")]
    [InlineData("vendor_id\t: AuthenticAMD\ncpu family\t: 15\n", "nvme", "")]
    [InlineData("CPU implementer\t: 0x41\n", "nvme", "")]
    [InlineData("", "nvme", "")]
    [InlineData(Intel + "flags\t\t: fpu hypervisor\n", "nvme", "")]
    public void Discover_NoThermometerOfTheProcessor_NamesItsModule(string cpuInfo, string chip, string fix)
    {
        using var host = Host(cpuInfo, chip);

        var findings = new HwmonSource().Discover(host.Root).Findings;

        Assert.Equal(fix.Length > 0 ? 1 : 0, findings.Count);
        Assert.All(findings, finding => Assert.StartsWith(fix, finding.Fix, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Raspberry Pi 4 Model B\0", "nvme", true)]
    [InlineData("Raspberry Pi 4 Model B\0", "rpi_volt", false)]
    [InlineData("Turing Machines RK1\0", "nvme", false)]
    public void Discover_NoAlarmOfTheSupply_IsMissingOnAPiOnly(string board, string chip, bool isMissing)
    {
        using var host = Host("CPU implementer\t: 0x41\n", chip);
        host.Put("/proc/device-tree/model", board);

        var findings = new HwmonSource().Discover(host.Root).Findings;

        Assert.Equal(isMissing, findings.Any(static finding => finding.Fix.Contains("raspberrypi-hwmon", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("3", false, true)]
    [InlineData("7", false, true)]
    [InlineData("3", true, false)]
    [InlineData("9", false, false)]
    [InlineData("23", false, false)]
    public void Discover_NoFan_IsAHintOnDesktopsOnly(string chassis, bool hasFan, bool isHint)
    {
        using var host = Host(Intel, "coretemp");
        host.Put("/sys/class/dmi/id/chassis_type", chassis + "\n");
        if (hasFan)
            host.Put("/sys/class/hwmon/hwmon0/fan1_input", "900\n");

        Assert.Equal(isHint, new HwmonSource().Discover(host.Root).Findings.Any(static finding => finding.Kind == FindingKind.Hint && finding.Fix.Contains("nct6775", StringComparison.Ordinal)));
    }

    private static FixtureHost Host(string cpuInfo, string chip) => FixtureHost.Of(
        ("/proc/cpuinfo", cpuInfo), ("/sys/class/hwmon/hwmon0/name", chip + "\n"), ("/sys/class/hwmon/hwmon0/temp1_input", "40000\n"));
}

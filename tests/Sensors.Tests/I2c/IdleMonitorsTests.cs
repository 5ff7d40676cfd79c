using Homelab.NodeAgent.Sensors.I2c;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests.I2c;

public sealed class IdleMonitorsTests
{
    [Theory]
    [InlineData("ina226", "ina2xx")]
    [InlineData("ina260", "ina2xx")]
    [InlineData("ina228", "ina238")]
    [InlineData("ina3221", "ina3221")]
    public void Discover_AMonitorWithoutDriver_NamesModuleAndKey(string chip, string module)
    {
        using var host = FixtureHost.Of(("/sys/bus/i2c/devices/1-0040/name", chip + "\n"), ("/sys/bus/i2c/devices/i2c-1/name", "adapter\n"));

        var finding = Assert.Single(new I2cSource().Discover(host.Root).Findings);

        Assert.Equal((FindingKind.Missing, "/sys/bus/i2c/devices/1-0040"), (finding.Kind, finding.Path));
        Assert.Contains("sudo modprobe " + module + " ", finding.Fix, StringComparison.Ordinal);
        Assert.Contains($"i2c.monitors: {chip}@1-0x40", finding.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1-0040", "spd5118", "")]
    [InlineData("i2c-1", "ina226", "")]
    [InlineData("1-zz", "ina226", "")]
    [InlineData("1-0040", "ina226", "bound")]
    public void Discover_NothingIdle_IsNoFault(string entry, string chip, string driver)
    {
        using var host = FixtureHost.Of(($"/sys/bus/i2c/devices/{entry}/name", chip + "\n"), ("/sys/bus/i2c/drivers/ina2xx/", ""));
        if (driver.Length > 0)
            host.Put($"/sys/bus/i2c/devices/{entry}/driver", "-> ../../drivers/ina2xx");

        Assert.Equal(FindingKind.Foreign, Assert.Single(new I2cSource().Discover(host.Root).Findings).Kind);
    }
}

using Homelab.NodeAgent.Sensors.Pressure;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.Pressure;

public sealed class PressureSourceTests
{
    [Fact]
    public void Discover_ThreeFiles_GivesTenSensorsFromThreeReads()
    {
        using var host = FixtureHost.Recorded("n100");
        var files = new ScriptedFiles();
        var discovery = new PressureSource().Discover(host.Seen(files));
        files.ForgetReads();

        var readings = discovery.Sensors.Select(static sensor => sensor.Read()).ToList();

        Assert.Equal(10, readings.Count);
        Assert.All(readings, static reading => Assert.Equal(Quality.Ok, reading.Quality));
        Assert.Equal(3, files.Reads.Count);
        Assert.Equal(0.0042, discovery.Sensor("cpu", "some_avg10").Read().Value());
        Assert.Equal(9.000001, discovery.Sensor("io", "full_total").Read().Value());
    }

    [Theory]
    [InlineData("4.19.0-27-amd64\n", "Missing", "")]
    [InlineData("4.20.1\n", "Hint", "psi=1")]
    [InlineData("6.8.0-45-generic\n", "Hint", "psi=1")]
    [InlineData("unknown\n", "Hint", "psi=1")]
    public void Discover_NoPressure_AsksForWhatThisKernelCan(string release, string kind, string fix)
    {
        using var host = FixtureHost.Of(("/proc/sys/kernel/osrelease", release));

        var finding = Assert.Single(new PressureSource().Discover(host.Root).Findings);

        Assert.Equal((kind, fix.Length > 0), (finding.Kind.ToString(), finding.Fix.Length > 0));
        Assert.Contains(fix, finding.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Errno.NotSupported, "Missing", "psi=1")]
    [InlineData(Errno.NoEntry, "Hint", "psi=1")]
    [InlineData(Errno.Access, "Denied", "/proc/pressure")]
    [InlineData(Errno.InputOutput, "Broken", "")]
    public void Discover_Unreadable_IsOneFindingWithTheFix(int errno, string kind, string fix)
    {
        using var host = FixtureHost.Recorded("n100");
        var files = new ScriptedFiles().Fail("/pressure/cpu", errno).Fail("/pressure/memory", errno).Fail("/pressure/io", errno);
        var discovery = new PressureSource().Discover(host.Seen(files));

        Assert.Empty(discovery.Sensors);
        var finding = Assert.Single(discovery.Findings);
        Assert.Equal((Enum.Parse<FindingKind>(kind), Errno.Name(errno), "/proc/pressure/cpu"), (finding.Kind, finding.Errno, finding.Path));
        Assert.Contains(fix, finding.Fix, StringComparison.Ordinal);
    }
}

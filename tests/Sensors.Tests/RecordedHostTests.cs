using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests;

public sealed class RecordedHostTests
{
    [Theory]
    [InlineData("haswell")]
    [InlineData("hp-t640")]
    [InlineData("intel-gpu")]
    [InlineData("jetson")]
    [InlineData("laptop")]
    [InlineData("laptop-battery")]
    [InlineData("n100")]
    [InlineData("n150")]
    [InlineData("node-exporter")]
    [InlineData("nuc11")]
    [InlineData("pathological")]
    [InlineData("pi4b")]
    [InlineData("pi5")]
    [InlineData("pi5-ups-hat")]
    [InlineData("procfs-powercap")]
    [InlineData("radeon")]
    [InlineData("rk1")]
    [InlineData("rk1-mainline")]
    [InlineData("steamdeck")]
    [InlineData("um890")]
    [InlineData("vega64")]
    public void Discover_RecordedHost_ReadsTheGolden(string name)
    {
        using var host = FixtureHost.Recorded(name);
        var golden = host.Locate("/expected.json");
        var actual = SensorDump.Of(host.Root, name);
        // UPDATE_GOLDENS=1 dotnet test tests/Sensors.Tests writes them anew; the diff is then what a reviewer reads.
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDENS") == "1")
            File.WriteAllText(golden, actual);

        Assert.Equal(File.ReadAllText(golden), actual);
    }

    [Fact]
    public void Discover_EachMachine_HasAtMostHundredAndFiftySensors()
    {
        var hosts = Directory.EnumerateDirectories(Path.Combine(RepositoryRoot.Path, "tests", "fixtures", "hosts")).Select(static path => Path.GetFileName(path));

        Assert.All(hosts, static name =>
        {
            using var host = FixtureHost.Recorded(name);
            Assert.InRange(Keys(host.Root).Count, 1, 150);
        });
    }

    [Theory]
    [InlineData("n100")]
    [InlineData("pathological")]
    [InlineData("node-exporter")]
    public void Discover_TwiceOnOneHost_GivesTheSameUniqueKeys(string name)
    {
        using var host = FixtureHost.Recorded(name);

        var first = Keys(host.Root);

        Assert.NotEmpty(first);
        Assert.Equal(first.Count, first.Distinct().Count());
        Assert.Equal(first, Keys(host.Root));
    }

    [Theory]
    [InlineData("rk1")]
    [InlineData("rk1-mainline")]
    [InlineData("pi4b")]
    public void Discover_BoardWithoutAMeter_HasNoWattsToRead(string name)
    {
        using var host = FixtureHost.Recorded(name);

        Assert.DoesNotContain(
            SensorCatalog.Sources().SelectMany(source => source.Discover(host.Root).Sensors),
            static sensor => sensor.Info.Quantity is Quantity.Power or Quantity.Energy);
    }

    [Theory]
    [InlineData("n150", "powercap", FindingKind.Denied, "--host-root /host")]
    [InlineData("steamdeck", "powercap", FindingKind.Missing, "modprobe intel_rapl_msr")]
    [InlineData("rk1", "powercap", FindingKind.Foreign, "")]
    [InlineData("jetson", "pressure", FindingKind.Hint, "psi=1")]
    [InlineData("n100", "ipmi", FindingKind.Foreign, "")]
    public void Discover_RecordedHost_NamesWhatIsMissingAndTheFix(string name, string source, object kind, string fix)
    {
        using var host = FixtureHost.Recorded(name);

        var finding = Assert.Single(SensorCatalog.Sources().Single(found => found.Name == source).Discover(host.Root).Findings);

        Assert.Equal((kind, fix.Length > 0), (finding.Kind, finding.Fix.Length > 0));
        Assert.Contains(fix, finding.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Discover_EveryRecordedHost_IsShutWithAFixAndSilentForAReason()
    {
        foreach (var path in Directory.EnumerateDirectories(Path.Combine(RepositoryRoot.Path, "tests", "fixtures", "hosts")))
        {
            using var host = FixtureHost.Recorded(Path.GetFileName(path));
            foreach (var source in SensorCatalog.Sources())
            {
                var discovery = source.Discover(host.Root);
                // hwmon chips without a channel are nothing missing.
                Assert.True(discovery.Sensors.Count > 0 || discovery.Findings.Count > 0 || source.Name == "hwmon", $"{path}: {source.Name} finds nothing and does not say why");
                Assert.All(discovery.Findings, finding => Assert.True(finding.Path.Length > 0 && finding.Meaning.Length > 0 && (finding.Kind != FindingKind.Denied || finding.Fix.Length > 0), $"{path}: {finding}"));
            }
        }
    }

    [Fact]
    public void Discover_EmptyRoot_FindsNothingAndSaysWhy()
    {
        using var host = FixtureHost.Of();

        foreach (var source in SensorCatalog.Sources())
        {
            var discovery = source.Discover(host.Root);

            Assert.Empty(discovery.Sensors);
            Assert.NotEmpty(discovery.Findings);
        }
    }

    private static List<(string, string, string)> Keys(HostRoot root) =>
        [.. SensorCatalog.Sources().SelectMany(source => source.Discover(root).Sensors).Select(static sensor => (sensor.Info.Source, sensor.Info.Device, sensor.Info.Name))];
}

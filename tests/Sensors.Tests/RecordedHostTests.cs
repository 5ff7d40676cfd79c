using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests;

public sealed class RecordedHostTests
{
    [Theory]
    [InlineData("hp-t640")]
    [InlineData("jetson")]
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
    [InlineData("rk1")]
    [InlineData("steamdeck")]
    [InlineData("um890")]
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

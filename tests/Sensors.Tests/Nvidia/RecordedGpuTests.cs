using Homelab.NodeAgent.Sensors.Nvidia;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests.Nvidia;

/// <summary>Recorded cards in one machine, through a library that answers as theirs did.</summary>
public sealed class RecordedGpuTests
{
    private static readonly (string Address, string Card)[] Cards =
    [
        ("0000:01:00.0", "geforce-rtx-4080-super"),
        ("0000:0c:00.0", "geforce-rtx-2080-super"),
        ("0000:41:00.0", "l40s"),
        ("0000:81:00.0", "h100-mig"),
    ];

    [Fact]
    public void Discover_RecordedNvidiaHost_ReadsTheGolden()
    {
        using var host = FixtureHost.Of();
        FakeNvml.Recorded(host, Cards);
        var golden = Path.Combine(RepositoryRoot.Path, "tests", "fixtures", "nvml", "expected.json");
        var actual = SensorDump.Of(host.Root, "nvidia", [new NvidiaSource()]);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDENS") == "1")
            File.WriteAllText(golden, actual);

        Assert.Equal(File.ReadAllText(golden), actual);
    }

    [Theory]
    [InlineData("geforce-rtx-4080-super")]
    [InlineData("geforce-rtx-2080-super")]
    [InlineData("l40s")]
    [InlineData("h100-mig")]
    public void Discover_RecordedCard_KeysAreUnique(string card)
    {
        using var host = FixtureHost.Of();
        FakeNvml.Recorded(host, ("0000:01:00.0", card));

        var names = new NvidiaSource().Discover(host.Root).Sensors.Select(static sensor => sensor.Info.Name).ToList();

        Assert.True(names.Count > 30);
        Assert.Equal(names.Count, names.Distinct().Count());
    }
}

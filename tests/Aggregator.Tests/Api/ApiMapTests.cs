using System.Text.Json;
using Homelab.Aggregator.Api;
using Homelab.Aggregator.Tests.Fakes;

namespace Homelab.Aggregator.Tests.Api;

public sealed class ApiMapTests
{
    [Fact]
    public void Fleet_TypicalFleet_MatchesTheGolden()
    {
        var json = JsonSerializer.Serialize(ApiMap.Fleet(TypicalFleet.Snapshot(), "observe"), ApiJson.Default.FleetDocument);
        var readable = JsonSerializer.Serialize(JsonDocument.Parse(json).RootElement, Indented) + "\n";

        Assert.Equal(Repository.Golden(readable, "tests", "Aggregator.Tests", "Api", "typical-fleet.json"), readable);
    }

    [Fact]
    public void Detail_NodeKnownByItsEnergyAlone_HasNoReadings()
    {
        var fleet = TypicalFleet.Snapshot();

        var detail = ApiMap.Detail(fleet.Find(Sample.Node("pi4"))!, fleet.At);

        Assert.Empty(detail.Readings);
        Assert.Null(detail.Machine.MemoryBytes);
        Assert.False(detail.Node.Up);
        Assert.Equal(4321, detail.Node.EnergyJoules);
    }

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
}

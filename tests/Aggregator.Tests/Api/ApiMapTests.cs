using System.Text.Json;
using Homelab.Aggregator.Api;
using Homelab.Aggregator.Fleet;
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

    [Fact]
    public void Fleet_EnergyNotStoredYet_IsNullNotZero()
    {
        var roster = new FleetRoster(Sample.Rules, EnergyLedger.Empty);
        roster.Apply(new NodeGreeted(new StreamNumber(1), Sample.Identity(), default));
        roster.Apply(new NodeReported(new StreamNumber(1), Sample.Node(), Sample.Report(40, 10), default));

        var json = JsonSerializer.SerializeToElement(ApiMap.Fleet(roster.Publish(default), "observe"), ApiJson.Default.FleetDocument);

        Assert.Equal(JsonValueKind.Null, json.GetProperty("energyJoules").ValueKind);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("nodes")[0].GetProperty("energyJoules").ValueKind);
    }

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
}

using System.Text.Json;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Api;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Api;

public sealed class ApiMapTests
{
    [Fact]
    public void Fleet_TypicalFleet_MatchesTheGolden()
    {
        var json = JsonSerializer.Serialize(ApiMap.Fleet(TypicalFleet.Snapshot(), ControlMode.Observe), ApiJson.Default.FleetDocument);
        var readable = JsonSerializer.Serialize(JsonDocument.Parse(json).RootElement, Indented) + "\n";

        Assert.Equal(Repository.Golden(readable, "tests", "Aggregator.Tests", "Api", "typical-fleet.json"), readable);
    }

    [Fact]
    public void Detail_NodeKnownByItsEnergyAlone_HasNoReadings()
    {
        var fleet = TypicalFleet.Snapshot();

        var detail = ApiMap.Detail(fleet.Find(Sample.Node("pi4"))!, null, fleet.At);

        Assert.Empty(detail.Readings);
        Assert.Null(detail.Machine.MemoryBytes);
        Assert.False(detail.Node.Up);
        Assert.Equal(4321, detail.Node.EnergyJoules);
    }

    [Fact]
    public void Detail_NodeThatWentDown_ReadingsAreStale()
    {
        var time = Sample.Clock();
        var record = new NodeRecord(Sample.Node());
        record.Greet(new StreamNumber(1), Sample.Identity(sensors: [Sample.Sensor("hwmon", "nct6775@x", "fan1", Quantity.RotationSpeed)]));
        record.Take(Sample.Report(readings: [(0, Sample.Ok(900))]), Moment.Of(time), TimeSpan.FromSeconds(1));
        var up = ApiMap.Detail(record.View(Moment.Of(time), TimeSpan.FromSeconds(1), null), null, Moment.Of(time));
        time.Advance(TimeSpan.FromMinutes(5));

        var down = ApiMap.Detail(record.View(Moment.Of(time), TimeSpan.FromSeconds(1), null), null, Moment.Of(time));

        Assert.Equal(("ok", 900), (up.Readings[0].Quality, up.Readings[0].Value));
        Assert.Equal(("stale", 900), (down.Readings[0].Quality, down.Readings[0].Value));
        Assert.Equal(new SensorCountDocument(0, 1), down.Node.Sensors);
    }

    [Fact]
    public void Fleet_EnergyNotStoredYet_IsNullNotZero()
    {
        var roster = new FleetRoster(Sample.Rules, EnergyLedger.Empty);
        roster.Apply(new NodeGreeted(new StreamNumber(1), Sample.Identity(), default));
        roster.Apply(new NodeReported(new StreamNumber(1), Sample.Node(), Sample.Report(40, 10), default));

        var json = JsonSerializer.SerializeToElement(ApiMap.Fleet(roster.Publish(default), ControlMode.Observe), ApiJson.Default.FleetDocument);

        Assert.Equal(JsonValueKind.Null, json.GetProperty("energyJoules").ValueKind);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("nodes")[0].GetProperty("energyJoules").ValueKind);
    }

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
}

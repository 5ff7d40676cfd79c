using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.NodeAgent.Uplink;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Uplink;

public class ReportDeltaTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromSeconds(60);
    private static readonly Inventory Two = new([Some.Utilization, Some.Info("hwmon", "c", "temp1", Quantity.Temperature)]);

    private readonly ReportDelta _delta = new();

    [Fact]
    public void Next_FirstOfAStream_CarriesEverything()
    {
        var report = Next(0, Reading.Ok(1), Reading.Ok(2));

        Assert.Equal((1UL, true, true), (report.Sequence, report.WithSources, report.WithSelf));
        Assert.Equal([0, 1], report.Changed);
    }

    [Fact]
    public void Next_OneReadingChanged_CarriesOnlyThatOne()
    {
        Next(0, Reading.Ok(1), Reading.Ok(2));

        var report = Next(1, Reading.Ok(1), Reading.Ok(3));

        Assert.Equal((2UL, false, false), (report.Sequence, report.WithSources, report.WithSelf));
        Assert.Equal([1], report.Changed);
    }

    [Fact]
    public void Next_QualityAloneChanged_IsAChange()
    {
        Next(0, Reading.Ok(1), Reading.Ok(2));

        Assert.Equal([0], Next(1, new Reading(Quality.Stale, 1, "late"), Reading.Ok(2)).Changed);
    }

    [Fact]
    public void Next_RefreshDue_CarriesEverythingAgain()
    {
        Next(0, Reading.Ok(1), Reading.Ok(2));
        Assert.Empty(Next(59, Reading.Ok(1), Reading.Ok(2)).Changed);

        Assert.Equal([0, 1], Next(60, Reading.Ok(1), Reading.Ok(2)).Changed);
        Assert.Empty(Next(61, Reading.Ok(1), Reading.Ok(2)).Changed);
    }

    [Fact]
    public void Next_NewInventory_CarriesEverythingOfIt()
    {
        Next(0, Reading.Ok(1), Reading.Ok(2));
        var sample = Some.Sample(new Inventory([Some.Utilization]), [Reading.Ok(1)], TimeSpan.FromSeconds(1));

        Assert.Equal([0], _delta.Next(sample, 2, Minute).Changed);
    }

    [Fact]
    public void Next_ASourceFails_SendsTheSources()
    {
        Next(0, Reading.Ok(1), Reading.Ok(2));
        var sample = Some.Sample(Two, [Reading.Ok(1), Reading.Ok(2)], TimeSpan.FromSeconds(1)) with
        {
            Sources = [new SourceHealth("cpu", false, default, null, 1, "late")],
        };

        Assert.True(_delta.Next(sample, 1, Minute).WithSources);
    }

    private AgentWord.Report Next(double second, params Reading[] readings) =>
        _delta.Next(Some.Sample(Two, readings, TimeSpan.FromSeconds(second)), 1, Minute);
}

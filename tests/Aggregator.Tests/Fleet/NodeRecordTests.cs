using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Fleet;

public sealed class NodeRecordTests
{
    private static readonly FleetSensor Fan = Sample.Sensor("hwmon", "nct6775@x", "fan1", Quantity.RotationSpeed);
    private static readonly FleetSensor Edge = Sample.Sensor("hwmon", "amdgpu@y", "temp1", Quantity.Temperature, label: "edge");
    private static readonly FleetSensor Use = Sample.Sensor("cpu", "cpu", "utilization", Quantity.Ratio);
    private readonly ManualClock _time = Sample.Clock();
    private readonly NodeRecord _record = new(Sample.Node());

    [Fact]
    public void Take_SecondReport_KeepsWhatItDoesNotName()
    {
        Greet(1, 1, Fan, Edge);
        Take(readings: [(0, Sample.Ok(900)), (1, Sample.Ok(50))]);
        Take(sequence: 2, readings: [(1, Sample.Ok(51))]);

        Assert.Equal([900_000_000, 51_000_000], View().Readings.Select(reading => reading.Micros));
        Assert.Equal(3, View().Samples);
    }

    [Fact]
    public void Take_FirstReportOfANewStream_ForgetsWhatItDoesNotName()
    {
        Greet(1, 1, Fan, Edge);
        Take(readings: [(0, Sample.Ok(900)), (1, Sample.Ok(50))]);
        Greet(2, 1, Fan, Edge);
        Take(readings: [(1, Sample.Ok(51))]);

        Assert.Equal([null, 51_000_000], View().Readings.Select(reading => reading.Micros));
    }

    [Fact]
    public void Greet_HotPlugOnTheSameStream_ReadingsFollowTheirSensors()
    {
        Greet(1, 1, Fan, Edge);
        Take(readings: [(0, Sample.Ok(900)), (1, Sample.Ok(50))]);

        Greet(1, 2, Use, Edge);

        Assert.Equal([null, 50_000_000], View().Readings.Select(reading => reading.Micros));
        Assert.Equal(0, View().Reconnects);
    }

    [Fact]
    public void Take_ReportOfAnotherInventory_TakesPowerButNoReadings()
    {
        Greet(1, 2, Fan);
        Take(inventory: 1, watts: 33, readings: [(0, Sample.Ok(900))]);

        Assert.Null(View().Readings[0].Micros);
        Assert.Equal((0, 1, 0), (View().Samples, View().DroppedOfInventory, View().DroppedOfStream));
        Assert.Equal(Power.FromWatts(33), View().Power.Watts);
    }

    [Fact]
    public void Take_SensorIndexOutOfRange_IsIgnored()
    {
        Greet(1, 1, Fan);
        Take(readings: [(7, Sample.Ok(1)), (-1, Sample.Ok(1))]);

        Assert.Null(Assert.Single(View().Readings).Micros);
    }

    [Fact]
    public void Take_UtilizationAndTemperature_AreLifted()
    {
        Greet(1, 1, Use, Edge);
        Take(readings: [(0, Sample.Ok(0.12)), (1, Sample.Ok(50))]);

        Assert.Equal(120_000, View().CpuUseMicros);
        Assert.Equal(new PickedTemperature(new Temperature(50_000), "amdgpu/edge"), View().Temperature);
    }

    [Fact]
    public void Take_AgentClockAhead_SkewIsShownAndNothingElse()
    {
        Greet(1, 1);
        Take(agentTime: _time.GetUtcNow() + TimeSpan.FromHours(3));

        Assert.Equal(TimeSpan.FromHours(3), View().ClockSkew);
        Assert.Equal(NodeLink.Up, View().Link);
        Assert.Equal(_time.GetUtcNow(), View().LastSeen);
    }

    [Fact]
    public void Take_SourcesThatChanged_AreMergedWithTheRest()
    {
        Greet(1, 1);
        Take(sources: [Source("hwmon", true), Source("thermal", true)]);
        Take(sequence: 2, sources: [Source("thermal", false)]);

        Assert.Equal([("hwmon", true), ("thermal", false)], View().Sources.Values.Select(source => (source.Source, source.Success)));
    }

    [Fact]
    public void Take_AgentStartedAnew_ItsDelayIsCountedAnew()
    {
        _record.Greet(new StreamNumber(1), Sample.Identity(instance: 1));
        _record.Take(Sample.Report(monotonic: TimeSpan.FromDays(30)), Moment.Of(_time), TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(5));
        _record.Greet(new StreamNumber(2), Sample.Identity(instance: 2));
        _record.Take(Sample.Report(monotonic: TimeSpan.FromSeconds(1)), Moment.Of(_time), TimeSpan.FromSeconds(1));

        Assert.Equal(TimeSpan.Zero, View().IngestDelay.Sum);
        Assert.Equal(2, View().IngestDelay.Counts[0]);
    }

    [Fact]
    public void Take_MonotonicClockThatLeaps_DoesNotOverflow()
    {
        Greet(1, 1);
        for (var i = 0; i < 20; i++)
        {
            _record.Take(Sample.Report(monotonic: i % 2 == 0 ? TimeSpan.MaxValue / 4 : TimeSpan.Zero), Moment.Of(_time), TimeSpan.FromSeconds(1));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(20, View().IngestDelay.Counts.Sum());
    }

    [Fact]
    public void Take_SourcesWithoutEnd_KeepsABoundedNumber()
    {
        Greet(1, 1);
        for (var report = 0; report < 10; report++)
            Take(sources: [.. Enumerable.Range(0, 64).Select(number => Source($"s{report}-{number}", true))]);

        Assert.Equal(64, View().Sources.Count);
        Assert.Contains("s9-0", View().Sources.Keys);
    }

    [Fact]
    public void View_GreetedWithoutAReport_IsDown()
    {
        Greet(1, 1, Fan);

        Assert.Equal(NodeLink.Down, View().Link);
        Assert.NotNull(View().Identity);
    }

    [Fact]
    public void View_ReportAndLeaveBetweenLooks_IsDownWithoutPower()
    {
        Greet(1, 1);
        Take(watts: 50);
        _record.Leave();

        Assert.Equal(NodePower.None, View().Power);
    }

    [Fact]
    public void Take_HotAndThrottled_HeadroomAndTimeAreKept()
    {
        var cooler = Sample.Sensor("cooling", "Processor", "throttle", Quantity.Ratio);
        Greet(1, 1, cooler, Edge, Sample.Sensor("hwmon", "amdgpu@y", "temp1_crit", Quantity.Temperature, SensorShape.Limit));
        TakeAt(1, (0, Sample.Ok(0.5)), (1, Sample.Ok(80)), (2, Sample.Ok(100)));
        TakeAt(2.5);

        Assert.Equal(new Temperature(20_000), View().ThermalHeadroom);
        Assert.Equal(TimeSpan.FromSeconds(1.5), View().ThrottledTime[ThrottleReason.Thermal]);
    }

    [Fact]
    public void Greet_AnotherStream_TimeBetweenTheTwoIsNotThrottled()
    {
        Greet(1, 1, Sample.Sensor("cooling", "Processor", "throttle", Quantity.Ratio));
        TakeAt(1, (0, Sample.Ok(0.5)));
        Greet(2, 1, Sample.Sensor("cooling", "Processor", "throttle", Quantity.Ratio));
        TakeAt(2, (0, Sample.Ok(0.5)));

        Assert.Equal(TimeSpan.Zero, View().ThrottledTime[ThrottleReason.Thermal]);
    }

    [Fact]
    public void View_Down_HasNoHeadroomAndKeepsThrottledTime()
    {
        Greet(1, 1, Sample.Sensor("cooling", "Processor", "throttle", Quantity.Ratio), Edge, Sample.Sensor("hwmon", "amdgpu@y", "temp1_crit", Quantity.Temperature, SensorShape.Limit));
        TakeAt(1, (0, Sample.Ok(0.5)), (1, Sample.Ok(80)), (2, Sample.Ok(100)));
        TakeAt(2);
        _record.Leave();

        Assert.Null(View().ThermalHeadroom);
        Assert.Equal(TimeSpan.FromSeconds(1), View().ThrottledTime[ThrottleReason.Thermal]);
    }

    [Fact]
    public void Take_AgentThatTellsItself_IsBelievedOverItsReadings()
    {
        Greet(1, 1, Sample.Sensor("cooling", "Processor", "throttle", Quantity.Ratio));
        TakeAt(1, (0, Sample.Ok(0.5)));
        Assert.True(View().Throttled[ThrottleReason.Thermal]);

        _record.Take(
            Sample.Report(monotonic: TimeSpan.FromSeconds(2)) with { Throttles = [new(ThrottleReason.ExternalBrake, true, true, TimeSpan.FromSeconds(1)), new(ThrottleReason.UnderVoltage, null, true, TimeSpan.Zero)] },
            Moment.Of(_time), TimeSpan.FromSeconds(1));

        Assert.Equal([ThrottleReason.ExternalBrake], View().Throttled.Keys);
        Assert.Equal([ThrottleReason.UnderVoltage, ThrottleReason.ExternalBrake], View().ThrottledSinceBoot.Keys);
        Assert.Equal(NodeState.Elevated, View().State);
    }

    private void TakeAt(double agentSeconds, params (int, SensorReading)[] readings) =>
        _record.Take(Sample.Report(readings: readings, monotonic: TimeSpan.FromSeconds(agentSeconds)), Moment.Of(_time), TimeSpan.FromSeconds(1));

    private static SourceReport Source(string name, bool success) => new(name, success, TimeSpan.FromMilliseconds(2), null, 0, "");

    private void Greet(long stream, uint inventory, params FleetSensor[] sensors) =>
        _record.Greet(new StreamNumber(stream), Sample.Identity(inventory: inventory, sensors: sensors));

    private void Take(
        double? watts = 40, ulong sequence = 1, uint inventory = 1, (int, SensorReading)[]? readings = null, SourceReport[]? sources = null, DateTimeOffset? agentTime = null) =>
        _record.Take(Sample.Report(watts, 0, sequence, inventory, readings: readings, sources: sources, agentTime: agentTime), Moment.Of(_time), TimeSpan.FromSeconds(1));

    private NodeSnapshot View() => _record.View(Moment.Of(_time), TimeSpan.FromSeconds(1), null);
}

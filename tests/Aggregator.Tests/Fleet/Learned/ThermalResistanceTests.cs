using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Fleet.Learned;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Fleet.Learned;

public sealed class ThermalResistanceTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static readonly FleetSensor[] Sensors =
    [
        Sample.Sensor("hwmon", "dell_smm@platform", "temp4", Quantity.Temperature, label: "Ambient"),
        Sample.Sensor("hwmon", "coretemp@platform", "temp1", Quantity.Temperature, label: "Package id 0"),
        Sample.Sensor("powercap", "intel-rapl:0", "energy", Quantity.Energy, SensorShape.Counter, "package-0"),
        Sample.Sensor("powercap", "intel-rapl-mmio:0", "energy", Quantity.Energy, SensorShape.Counter, "package-0"),
    ];

    private readonly ManualClock _time = Sample.Clock();
    private readonly NodeRecord _record = new(Sample.Node());
    private double _joules;
    private TimeSpan _agent = TimeSpan.FromSeconds(10);

    public ThermalResistanceTests() => _record.Greet(new StreamNumber(1), Sample.Identity(sensors: Sensors));

    [Fact]
    public void Observe_SteadyLoad_IsDegreesAboveTheAirPerPackageWatt()
    {
        Run(24, 64, 20, TimeSpan.FromMinutes(10));

        Assert.Equal(2.0, Learned.ThermalResistance!.Value, 6);
        Assert.Equal(24, Learned.Ambient!.Value.Celsius);
        Assert.Null(Learned.ThermalResistanceBaseline);
    }

    [Fact]
    public void Observe_FirstMinutes_TellsTheAirOnly()
    {
        Run(24, 64, 20, TimeSpan.FromMinutes(4));

        Assert.Equal(new LearnedFigures { Ambient = new Temperature(24_000) }, Learned);
    }

    [Fact]
    public void Observe_AShortBurst_HardlyMovesIt()
    {
        Run(24, 64, 20, TimeSpan.FromMinutes(20));
        Run(24, 66, 90, TimeSpan.FromSeconds(5));

        Assert.InRange(Learned.ThermalResistance!.Value, 1.85, 2.0);
    }

    [Fact]
    public void Observe_HardlyAnyPower_IsUnknown()
    {
        Run(24, 30, 2, TimeSpan.FromMinutes(20));

        Assert.Null(Learned.ThermalResistance);
    }

    [Fact]
    public void Observe_ProcessorCoolerThanTheAir_IsUnknown()
    {
        Run(30, 29, 20, TimeSpan.FromMinutes(20));

        Assert.Null(Learned.ThermalResistance);
    }

    [Fact]
    public void Observe_StaleProcessorTemperature_IsUnknown()
    {
        Run(24, 64, 20, TimeSpan.FromMinutes(20));
        Tick(Sample.Ok(24), Sample.Ok(64) with { Quality = Quality.Stale }, 20);

        Assert.Null(Learned.ThermalResistance);
        Assert.NotNull(Learned.Ambient);
    }

    [Fact]
    public void Observe_DustAfterGoodHours_BaselineStaysBelow()
    {
        Run(24, 64, 20, TimeSpan.FromHours(2));
        Run(24, 84, 20, TimeSpan.FromHours(1));

        Assert.Equal(3.0, Learned.ThermalResistance!.Value, 3);
        Assert.Equal(2.0, Learned.ThermalResistanceBaseline!.Value, 0.03);
    }

    [Fact]
    public void Observe_NoCounterButAPackageFigure_UsesTheNodes()
    {
        var record = new NodeRecord(Sample.Node());
        record.Greet(new StreamNumber(1), Sample.Identity(sensors: Sensors[..2]));
        for (var i = 0; i < 400; i++)
        {
            _time.Advance(Second);
            record.Take(Sample.Report(40, readings: [(0, Sample.Ok(20)), (1, Sample.Ok(60))], monotonic: _agent += Second), Moment.Of(_time), Second);
        }

        Assert.Equal(1.0, record.View(Moment.Of(_time), Second, null).Learned.ThermalResistance!.Value, 6);
    }

    private LearnedFigures Learned => _record.View(Moment.Of(_time), Second, null).Learned;

    private void Run(double air, double chip, double watts, TimeSpan time)
    {
        for (var left = time; left > TimeSpan.Zero; left -= Second)
            Tick(Sample.Ok(air), Sample.Ok(chip), watts);
    }

    private void Tick(SensorReading air, SensorReading chip, double watts)
    {
        _time.Advance(Second);
        _joules += watts;
        // No figure of the node itself: the counters are enough, and the copy of one must not count.
        _record.Take(Sample.Report(null, readings: [(0, air), (1, chip), (2, Sample.Ok(_joules)), (3, Sample.Ok(_joules))], monotonic: _agent += Second), Moment.Of(_time), Second);
    }
}

using Homelab.NodeAgent.Actuators;
using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Sampling;

public class CalibrationDeskTests
{
    private static readonly SensorInfo[] Sensors = [Some.Info("hwmon", "power_meter@ACPI000D:00", "power1", Quantity.Power), Some.Utilization];
    private static readonly PowerPlan Plan = PowerPlan.For(Sensors);

    private readonly NodeMeter _meter = new(Some.Fallback);
    private readonly CalibrationDesk _desk = new(new Calibration(Some.Model));

    [Fact]
    public void Learn_TheMeterFallsSilent_TheModelGoesOnFromWhatItTaught()
    {
        for (var second = 1; second <= 300; second++)
            Pass(second, watts: 6.5, busy: 0.1);
        Assert.Equal("hwmon:power_meter", _meter.Power.Source);

        for (var second = 301; second <= 310; second++)
            Pass(second, watts: null, busy: 0.1);

        Assert.Equal(("model:test+learned", Provenance.Modelled), (_meter.Power.Source, _meter.Power.Provenance));
        Assert.Equal(6.5, _meter.Power.Watts!.Value.Watts, 0.2);
        Assert.InRange(_meter.Power.Uncertainty, WholeLine.LeastUncertainty, 0.1);
    }

    [Fact]
    public void TakeNews_Learned_IsWorthADiskWriteEachTenMinutes()
    {
        for (var second = 1; second <= 300; second++)
            Pass(second, watts: 6.5, busy: 0.1);

        Assert.NotNull(_desk.TakeNews());
        Pass(301, watts: 6.5, busy: 0.1);
        Assert.Null(_desk.TakeNews());
        Pass(1000, watts: 6.5, busy: 0.1);
        Assert.NotNull(_desk.TakeNews());
    }

    [Fact]
    public void Recall_DamagedFile_IsToldAndBegunAnew()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var file = CalibrationLoop.File(folder.FullName, new PosixStateFiles());
            var calibration = new Calibration(Some.Model);
            var log = new ListLog();
            Assert.Null(file.Save(["nonsense"]));

            CalibrationLoop.Recall(calibration, file, log);

            Assert.Contains(log.Lines, line => line.Contains("holds no calibration", StringComparison.Ordinal));
            Assert.Null(file.Save(calibration.Store()));
            CalibrationLoop.Recall(calibration, file, log);
            Assert.Single(log.Lines);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private void Pass(int second, double? watts, double busy)
    {
        Reading[] readings = [watts is { } known ? Reading.Ok((long)(known * 1e6)) : Reading.None(Quality.Fault, "EIO"), Reading.Ok((long)(busy * 1e6))];
        _meter.Take(Plan, readings, [null, null], [null, null], TimeSpan.FromSeconds(second));
        _desk.Learn(_meter, Plan, readings, [null, null], TimeSpan.FromSeconds(second));
    }
}

using FsCheck;
using FsCheck.Fluent;
using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Fusion;

public class ThrottleModelTests
{
    private readonly List<SensorInfo> _sensors = [];
    private readonly ThrottleModel _model = new();

    [Theory]
    [InlineData("throttle", "package_throttled", Quantity.State, nameof(ThrottleCause.Thermal))]
    [InlineData("cooling", "throttle", Quantity.Ratio, nameof(ThrottleCause.Thermal))]
    [InlineData("nvidia", "throttled_thermal", Quantity.State, nameof(ThrottleCause.Thermal))]
    [InlineData("nvidia", "throttled_power", Quantity.State, nameof(ThrottleCause.Power))]
    [InlineData("amdgpu", "throttled_current", Quantity.State, nameof(ThrottleCause.Current))]
    [InlineData("raspberrypi", "under_voltage", Quantity.State, nameof(ThrottleCause.UnderVoltage))]
    [InlineData("raspberrypi", "frequency_capped", Quantity.State, nameof(ThrottleCause.FrequencyCap))]
    [InlineData("raspberrypi", "firmware_capped", Quantity.State, nameof(ThrottleCause.FirmwareCap))]
    [InlineData("nvidia", "external_brake", Quantity.State, nameof(ThrottleCause.ExternalBrake))]
    public void Take_AFlagThatHolds_IsItsCauseAndCountsTime(string source, string name, Quantity quantity, string cause)
    {
        _sensors.Add(Some.Info(source, "d", name, quantity));
        Take(1, 1);

        Take(2.5, 1);

        Assert.Equal([new ThrottleState(Enum.Parse<ThrottleCause>(cause), true, true, TimeSpan.FromSeconds(1.5))], _model.Write([]));
    }

    [Theory]
    [InlineData("cooling", "fan", Quantity.Ratio)]
    [InlineData("hwmon", "temp1_alarm", Quantity.State)]
    [InlineData("cpu", "utilization", Quantity.Ratio)]
    public void Take_ASensorThatDoesNotTell_GivesNothing(string source, string name, Quantity quantity)
    {
        _sensors.Add(Some.Info(source, "d", name, quantity));

        Take(1, 1);

        Assert.Empty(_model.Write([]));
    }

    [Fact]
    public void Take_PiSupplySags_IsUnderVoltage()
    {
        _sensors.Add(Some.Info("hwmon", "rpi_volt@soc", "in0_lcrit_alarm", Quantity.State));

        Take(1, 1);

        Assert.Equal((ThrottleCause.UnderVoltage, true), (_model.Write([])[0].Cause, _model.Write([])[0].Now));
    }

    [Fact]
    public void Take_OneOfTwoGpusHot_IsOneSecondASecond()
    {
        _sensors.AddRange([Some.Info("nvidia", "a", "throttled_thermal", Quantity.State), Some.Info("nvidia", "b", "throttled_thermal", Quantity.State)]);
        Take(1, 1, 1);

        Take(2, 1, 1);
        Take(3, 0, 1);

        Assert.Equal(TimeSpan.FromSeconds(2), Assert.Single(_model.Write([])).Held);
    }

    [Fact]
    public void Take_OnlyHardwareRemembers_SaysWhetherItEverHeld()
    {
        _sensors.AddRange([Some.Info("raspberrypi", "soc", "under_voltage", Quantity.State), Some.Info("raspberrypi", "soc", "under_voltage_since_boot", Quantity.State)]);
        Take(1, 0, 0);
        Assert.Equal((false, false), (_model.Write([])[0].Now, _model.Write([])[0].SinceBoot));

        Take(2, 0, 1);

        Assert.Equal((false, true, TimeSpan.Zero), (_model.Write([])[0].Now, _model.Write([])[0].SinceBoot, _model.Write([])[0].Held));
    }

    [Fact]
    public void Take_NothingRemembers_IsUnknownUntilItHeld()
    {
        _sensors.Add(Some.Info("cooling", "Processor", "throttle", Quantity.Ratio));
        Take(1, 0);
        Assert.Null(_model.Write([])[0].SinceBoot);

        Take(2, 0.5);
        Take(3, 0);

        Assert.True(_model.Write([])[0].SinceBoot);
    }

    [Fact]
    public void Take_ABurstBetweenTwoLooks_CountsByTheHardwaresClock()
    {
        _sensors.Add(Some.Info("throttle", "package0", "throttled_thermal_seconds", Quantity.Duration, SensorShape.Counter));
        Take(1, 40);
        Assert.Equal((false, true, TimeSpan.Zero), (_model.Write([])[0].Now, _model.Write([])[0].SinceBoot, _model.Write([])[0].Held));

        Take(2, 40.25);

        Assert.Equal((true, TimeSpan.FromSeconds(0.25)), (_model.Write([])[0].Now, _model.Write([])[0].Held));
    }

    [Theory]
    [InlineData(1e9)] // a counter that jumps counts no more than the time that passed
    [InlineData(41)]
    public void Take_FlagAndCounterOfOneCause_CountOnce(double counter)
    {
        _sensors.AddRange(
            [Some.Info("nvidia", "a", "throttled_power", Quantity.State), Some.Info("nvidia", "a", "throttled_power_seconds", Quantity.Duration, SensorShape.Counter)]);
        Take(1, 0, 40);

        Take(2, 1, counter);

        Assert.Equal(TimeSpan.FromSeconds(1), Assert.Single(_model.Write([])).Held);
    }

    [Fact]
    public void Take_CeilingBelowTheHardwares_IsAFrequencyCap()
    {
        _sensors.AddRange([Some.Info("cpufreq", "policy0", "scaling_max_freq", Quantity.Frequency), Some.Info("cpufreq", "policy0", "cpuinfo_max_freq", Quantity.Frequency)]);
        Take(1, 2.4e9, 2.4e9);
        Assert.False(_model.Write([])[0].Now);

        Take(2, 1.8e9, 2.4e9);

        Assert.Equal((ThrottleCause.FrequencyCap, true), (_model.Write([])[0].Cause, _model.Write([])[0].Now));
    }

    [Theory]
    [InlineData(14.8, 15, true)]
    [InlineData(12, 15, false)]
    [InlineData(4000, 4090, null)] // firmware's "no limit"
    public void Take_PackageAtItsSustainedLimit_IsPower(double watts, double limit, bool? now)
    {
        _sensors.AddRange([Some.Zone("package-0", "intel-rapl:0"), Some.Info("powercap", "intel-rapl:0", "long_term", Quantity.Power, SensorShape.Limit, "package-0")]);
        _model.Follow(ThrottlePlan.For(_sensors));

        _model.Take([Reading.Ok(1), Reading.Ok((long)(limit * 1e6))], [Power.FromWatts(watts), null], [1, null], TimeSpan.FromSeconds(1));

        Assert.Equal(now, _model.Write([]).Length == 0 ? null : _model.Write([])[0].Now);
    }

    [Fact]
    public void Take_ACauseWhoseSensorFails_IsUnknownNowAndKeepsItsTime()
    {
        _sensors.Add(Some.Info("cooling", "Processor", "throttle", Quantity.Ratio));
        Take(1, 1);
        Take(2, 1);

        _model.Take([Reading.None(Quality.Fault, "EIO")], [null], [null], TimeSpan.FromSeconds(3));

        Assert.Equal([new ThrottleState(ThrottleCause.Thermal, null, true, TimeSpan.FromSeconds(1))], _model.Write([]));
    }

    [Fact]
    public void Take_ASilenceOfHours_CountsNoneOfItByAFlag()
    {
        _sensors.Add(Some.Info("cooling", "Processor", "throttle", Quantity.Ratio));
        Take(1, 1);
        Take(61, 1); // the longest pace that can be set

        Take(3 * 3600, 1);

        Assert.Equal((true, TimeSpan.FromSeconds(60)), (_model.States[0].Now, _model.States[0].Held));
    }

    [Theory]
    [InlineData("nvidia", "throttled_power", "")]
    [InlineData("cpufreq", "scaling_max_freq", "cpuinfo_max_freq")]
    public void Take_ASourceHangsAtItsFlag_TheLastWordHoldsForSecondsOnly(string source, string name, string bound)
    {
        _sensors.Add(Some.Info(source, "d", name, Quantity.State));
        if (bound.Length > 0)
            _sensors.Add(Some.Info(source, "d", bound, Quantity.Frequency));
        double[] values = bound.Length > 0 ? [1, 2] : [1];
        Take(1, values);

        for (var second = 2; second <= 600; second++)
        {
            _model.Take(
                Array.ConvertAll(values, value => new Reading(Quality.Stale, (long)(value * 1e6), "no answer within 500 ms")), new Power?[values.Length], new long?[values.Length],
                TimeSpan.FromSeconds(second));
        }

        Assert.Equal((null, TimeSpan.FromSeconds(5)), (_model.States[0].Now, _model.States[0].Held));
    }

    [Fact]
    public void Take_AnotherInventory_KeepsWhatWasCounted()
    {
        _sensors.Add(Some.Info("throttle", "package0", "throttled_thermal_seconds", Quantity.Duration, SensorShape.Counter));
        Take(1, 5);
        Take(2, 6);
        _sensors.Insert(0, Some.Info("hwmon", "x", "temp1", Quantity.Temperature));

        Take(3, 30, 900);

        Assert.Equal(TimeSpan.FromSeconds(1), _model.Write([])[0].Held);
    }

    [Fact]
    public void Take_AnyFlagsAndCounters_HeldNeverFallsAndNeverOutrunsTheClock()
    {
        Check.QuickThrowOnFailure(Prop.ForAll<(bool Flag, int Counter, byte Step)[]>(passes =>
        {
            var test = new ThrottleModelTests();
            test._sensors.AddRange(
                [Some.Info("gpu", "a", "throttled_thermal", Quantity.State), Some.Info("gpu", "a", "throttled_thermal_seconds", Quantity.Duration, SensorShape.Counter)]);
            var (at, held) = (0.0, TimeSpan.Zero);
            foreach (var (flag, counter, step) in passes)
            {
                at += step / 100.0;
                test.Take(at, flag ? 1 : 0, counter);
                var now = test._model.Write([])[0].Held;
                if (now < held || now > TimeSpan.FromSeconds(at))
                    return false;
                held = now;
            }
            return true;
        }));
    }

    private int _followed;

    private void Take(double second, params double[] values)
    {
        if (_followed != _sensors.Count)
            _model.Follow(ThrottlePlan.For(_sensors));
        _followed = _sensors.Count;
        var readings = Array.ConvertAll(values, value => Reading.Ok((long)(value * 1e6)));
        var raws = values.Select((value, i) => _sensors[i].Shape == SensorShape.Counter ? (long?)(value * 1e6) : null).ToArray();
        _model.Take(readings, new Power?[values.Length], raws, TimeSpan.FromSeconds(second));
    }
}

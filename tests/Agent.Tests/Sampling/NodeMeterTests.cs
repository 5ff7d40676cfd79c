using FsCheck;
using FsCheck.Fluent;
using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Sampling;

public class NodeMeterTests
{
    private static readonly SensorInfo[] Sensors = [Some.Zone("package-0", "intel-rapl:0"), Some.Utilization];
    private static readonly PowerPlan Plan = PowerPlan.For(Sensors);

    private readonly NodeMeter _meter = new(Some.Fallback);
    private readonly CounterTrack _track = new(Sensors[0]);
    private long _microjoules = 5_000_000;

    [Fact]
    public void Take_CounterSource_CountsExactlyWhatTheCounterGained()
    {
        Counted(0, gain: 0);
        Counted(1, gain: 20);
        Counted(2, gain: 30);

        Assert.Equal(Energy.FromJoules(50), _meter.Energy);
        Assert.Equal(Power.FromWatts(30), _meter.Power.Watts);
    }

    [Fact]
    public void Take_CountersReadOneAfterTheOther_EachIsCountedWhole()
    {
        SensorInfo[] sensors = [Some.Zone("package-0", "intel-rapl:0"), Some.Zone("package-1", "intel-rapl:1")];
        var (plan, first, second) = (PowerPlan.For(sensors), new CounterTrack(sensors[0]), new CounterTrack(sensors[1]));
        for (var pass = 0; pass <= 10; pass++)
        {
            var at = TimeSpan.FromSeconds(pass);
            first.Take(pass * 20_000_000L, at);
            // A quarter of a second later: a slow source, or one that had to be waited for.
            second.Take(pass * 30_000_000L, at + TimeSpan.FromSeconds(0.25));
            _meter.Take(plan, [Reading.Ok(first.Total), Reading.Ok(second.Total)], [first.Interval?.Mean, second.Interval?.Mean], [first, second], at + TimeSpan.FromSeconds(0.3));
        }

        // 20 W over 10 s and 30 W over 10.25: its first quarter of a second is filled with the mean beside it.
        Assert.Equal(200 + 307.5, _meter.Energy.Joules, 3);
    }

    [Fact]
    public void Take_CounterSilentForTwoSeconds_HoldsTheFigureAndLosesNothing()
    {
        Counted(0, gain: 0);
        Counted(1, gain: 20);
        Silent(2, busy: 0);
        Silent(3, busy: 0);
        Assert.Equal("rapl-package", _meter.Power.Source);

        Counted(4, gain: 60);

        Assert.Equal(Energy.FromJoules(80), _meter.Energy);
    }

    [Fact]
    public void Take_CounterGoneForLong_ModelTakesOverAndIsNotPaidTwice()
    {
        Counted(0, gain: 0);
        Counted(1, gain: 20);
        for (var second = 2; second <= 10; second++)
            Silent(second, busy: 0);
        Assert.Equal("model:test", _meter.Power.Source);
        Assert.Equal(Energy.FromJoules(20 + (9 * 2)), _meter.Energy);

        // The counter kept counting: ten seconds at 20 W, of which the model has paid nine.
        Counted(11, gain: 200);

        Assert.Equal(20 + 18 + 20, _meter.Energy.Joules, 3);
    }

    [Fact]
    public void Take_ModelOnly_IsPowerTimesMonotonicTime()
    {
        Silent(0, busy: 0.5);
        Silent(10, busy: 0.5);

        Assert.Equal(Energy.FromJoules(60), _meter.Energy);
    }

    [Fact]
    public void Take_NothingKnownForAnHour_InventsNoEnergyForIt()
    {
        Silent(0, busy: 0);
        Silent(1, busy: 0);
        for (var second = 2; second <= 3600; second++)
            Blind(second);
        Assert.Null(_meter.Power.Watts);

        Silent(3601, busy: 0);

        Assert.InRange(_meter.Energy.Joules, 2, 2 + (10 * 2));
    }

    [Fact]
    public void Take_ModelAtLongIntervals_PaysForAllOfThem()
    {
        Silent(0, busy: 0);
        Silent(60, busy: 0);
        Silent(120, busy: 0);

        Assert.Equal(Energy.FromJoules(240), _meter.Energy);
    }

    [Fact]
    public void Take_AgentFrozenForHours_ModelPaysForNoneOfThem()
    {
        Silent(0, busy: 0);
        Silent(1, busy: 0);

        Silent(3 * 3600, busy: 1);

        Assert.Equal(Energy.FromJoules(2 + (10 * 10)), _meter.Energy);
    }

    [Fact]
    public void Take_DroppedDelta_IsFilledWithTheMeanBesideIt()
    {
        Counted(0, gain: 0);
        Counted(1, gain: 10);
        _microjoules = 0;
        Counted(2, gain: 0, isReset: true);
        Counted(3, gain: 10);

        Assert.Equal(30, _meter.Energy.Joules, 3);
    }

    [Fact]
    public void Take_PsysFoundFrozen_IsDroppedAtOnce()
    {
        SensorInfo[] sensors = [Some.Zone("package-0", "intel-rapl:0"), Some.Zone("psys", "intel-rapl:1")];
        var plan = PowerPlan.For(sensors);
        CounterTrack[] tracks = [new(sensors[0]), new(sensors[1])];
        foreach (var (second, psys) in new[] { (0, 0L), (1, 30_000_000L), (2, 30_000_000L) })
        {
            tracks[0].Take(second * 10_000_000L, TimeSpan.FromSeconds(second));
            tracks[1].Take(psys, TimeSpan.FromSeconds(second));
            Power?[] means = [tracks[0].Interval?.Mean, tracks[1].Interval?.Mean];
            _meter.Take(plan, [Reading.Ok(0), Reading.Ok(0)], means, tracks, TimeSpan.FromSeconds(second));
        }

        Assert.Equal("rapl-package", _meter.Power.Source);
    }

    /// <summary>Counters that wrap, reset, stand still or are late; meters that are zero, negative, stale or gone; hours between two passes.</summary>
    [Fact]
    public void Take_AnyHostAtAnyMoment_SaysNoFalseFigureAndItsJoulesOnlyGrow()
    {
        SensorInfo[] sensors =
        [
            Some.Zone("package-0", "intel-rapl:0", 65_532_610_987), Some.Zone("dram", "intel-rapl:0:0", 65_712_999_613), Some.Zone("psys", "intel-rapl:1"),
            Some.Info("ipmi", "ipmi0", "power", Quantity.Power), Some.Info("nvidia", "nvidia@0000:01:00.0", "power", Quantity.Power),
            Some.Info("nvidia", "nvidia@0000:01:00.0", "power_cap", Quantity.Power, SensorShape.Limit), Some.Utilization,
        ];
        var plan = PowerPlan.For(sensors);
        double[] steps = [0, 0.1, 1, 1, 1, 5, 60, 7200];
        Check.QuickThrowOnFailure(Prop.ForAll<(byte Step, (byte Kind, byte Value)[] Said)[]>(passes =>
        {
            var meter = new NodeMeter(Some.Fallback);
            var tracks = Array.ConvertAll(sensors, info => info.Shape == SensorShape.Counter ? new CounterTrack(info) : null);
            var (counts, at, before) = (new long[sensors.Length], TimeSpan.Zero, Energy.Zero);
            foreach (var (step, said) in passes)
            {
                var elapsed = TimeSpan.FromSeconds(steps[step % steps.Length]);
                at += elapsed;
                var (readings, means) = (new Reading[sensors.Length], new Power?[sensors.Length]);
                for (var i = 0; i < sensors.Length; i++)
                {
                    var (kind, value) = said is { Length: > 0 } ? said[i % said.Length] : default;
                    counts[i] = kind % 8 == 0 ? 0 : (counts[i] + (value * elapsed.Ticks / 10)) % 65_532_610_987;
                    readings[i] = (kind % 8) switch
                    {
                        1 => Reading.None(Quality.Fault, "EIO"),
                        2 => new Reading(Quality.Stale, value * 1_000_000, "late"),
                        3 when tracks[i] is null && i == 3 => Reading.Ok(-value),
                        _ => Reading.Ok(i == 6 ? value * 1_000_000 / 255 : value * 1_000_000),
                    };
                    if (tracks[i] is { } track && readings[i].Quality == Quality.Ok)
                    {
                        var happened = track.Take(counts[i], at);
                        means[i] = elapsed > TimeSpan.Zero && happened != CounterEvent.Reset ? track.Interval?.Mean : null;
                    }
                }
                meter.Take(plan, readings, means, tracks, at);
                var (figure, gained) = (meter.Power, meter.Energy - before);
                before = meter.Energy;
                var isSound = figure.Watts is { } watts
                    ? watts > Power.Zero && figure.Provenance != Provenance.None && figure.Source.Length > 0 && figure.Scope != PowerScope.Unknown && figure.Uncertainty is > 0 and <= 1
                    : figure == NodePower.None;
                // Never more than the most of each together since the last word of all: 2 kW a counter.
                if (!isSound || gained < Energy.Zero || gained.Joules > (at.TotalSeconds + 60) * 6_000)
                    return false;
            }
            return true;
        }));
    }

    private void Counted(double second, double gain, bool isReset = false)
    {
        _microjoules += (long)(gain * 1e6);
        if (isReset)
            _track.Take(200_000_000_000, TimeSpan.FromSeconds(second) - TimeSpan.FromMilliseconds(1));
        _track.Take(_microjoules, TimeSpan.FromSeconds(second));
        _meter.Take(Plan, [Reading.Ok(0), Reading.Ok(0)], [_track.Interval?.Mean, null], [_track, null], TimeSpan.FromSeconds(second));
    }

    private void Blind(double second) =>
        _meter.Take(Plan, [Reading.None(Quality.Fault, "EIO"), Reading.None(Quality.Stale, "late")], [null, null], [_track, null], TimeSpan.FromSeconds(second));

    private void Silent(double second, double busy) =>
        _meter.Take(Plan, [Reading.None(Quality.Fault, "EIO"), Reading.Ok((long)(busy * 1e6))], [null, null], [_track, null], TimeSpan.FromSeconds(second));
}

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

using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Fusion;

public sealed class CardWatchTests
{
    private static readonly SensorInfo[] Sensors =
    [
        Some.Zone("package-0", "intel-rapl:0"),
        new("nvidia", "GPU-1", "power", "gpu", Quantity.Power, SensorShape.Gauge, ""),
        new("nvidia", "GPU-1", "power_cap", "", Quantity.Power, SensorShape.Limit, ""),
    ];

    private static readonly PowerPlan Plan = PowerPlan.For(Sensors);
    private readonly CounterTrack _package = new(Sensors[0]);
    private readonly NodeMeter _meter = new(Some.Fallback);

    [Fact]
    public void Take_CardHangs_LastWattsStandForFiveSecondsThenItsLimitCounts()
    {
        Pass(0, Reading.Ok(90_000_000), Reading.Ok(300_000_000));
        Pass(1, Reading.Ok(90_000_000), Reading.Ok(300_000_000));
        for (var second = 2; second <= 6; second++)
            Assert.Equal((Power.FromWatts(110), "rapl-package+gpu"), Said(Pass(second, Hung(90), Hung(300))));

        var figure = Pass(7, Hung(90), Hung(300));

        Assert.Equal((Power.FromWatts(320), "rapl-package+gpu+gpu-limit", Provenance.Apportioned), (figure.Watts, figure.Source, figure.Provenance));
        // Down to what it last drew, and what that figure's own error takes off.
        Assert.Equal(1 - (110 * (1 - 0.4) / 320), figure.Uncertainty, 6);
        for (var second = 60; second < 3600; second += 60)
            Pass(second, Hung(90), Hung(300));
        Assert.Equal((Power.FromWatts(320), figure.Source), Said(Pass(3600, Hung(90), Hung(300))));
    }

    [Fact]
    public void Take_CardAnswersAgain_CountsAsItSaysAtOnce()
    {
        Hang(60);

        Assert.Equal((Power.FromWatts(60), "rapl-package+gpu"), Said(Pass(61, Reading.Ok(40_000_000), Reading.Ok(300_000_000))));
    }

    [Fact]
    public void Take_JoulesOfACardThatHangs_GoOnWithItsLastWatts()
    {
        Hang(60);

        // 20 W of the package and 90 W of the card over a minute: what it may have drawn is not what it drew.
        Assert.Equal(60 * 110, _meter.Energy.Joules, 3);
    }

    [Fact]
    public void Take_LimitThatWasNeverRead_LastWattsStand()
    {
        for (var second = 0; second <= 60; second++)
            Pass(second, second == 1 ? Reading.Ok(90_000_000) : Hung(90), Reading.None(Quality.Unsupported, "no limit"));

        Assert.Equal((Power.FromWatts(110), "rapl-package+gpu"), Said(_meter.Power));
    }

    [Fact]
    public void Take_CardDrewMoreThanItsLimit_CountsWithWhatItDrew()
    {
        for (var second = 0; second <= 60; second++)
            Pass(second, second <= 1 ? Reading.Ok(310_000_000) : Hung(310), Reading.Ok(300_000_000));

        Assert.Equal(Power.FromWatts(330), _meter.Power.Watts);
    }

    /// <summary>A library that no longer fits its driver, say: the card works on.</summary>
    [Theory]
    [InlineData(Quality.Fault, "NVML_ERROR_LIB_RM_VERSION_MISMATCH")]
    [InlineData(Quality.Denied, "NVML_ERROR_NO_PERMISSION")]
    [InlineData(Quality.Implausible, "beyond belief")]
    public void Take_DriverFails_IsAsIfItHung(Quality quality, string detail)
    {
        Pass(0, Reading.Ok(90_000_000), Reading.Ok(300_000_000));
        Pass(1, Reading.Ok(90_000_000), Reading.Ok(300_000_000));
        var refused = Reading.None(quality, detail);

        Assert.Equal(Power.FromWatts(110), Pass(2, refused, refused).Watts);
        Assert.Equal(Power.FromWatts(320), Pass(8, refused, refused).Watts);
    }

    [Fact]
    public void Take_CardFellOffItsBusOrSleeps_AddsNothing()
    {
        Hang(60);

        Assert.Equal(Power.FromWatts(20), Pass(61, Reading.None(Quality.Fault, "NVML_ERROR_GPU_IS_LOST: gone"), Reading.None(Quality.Fault, "NVML_ERROR_GPU_IS_LOST: gone")).Watts);
        Assert.Equal(Power.FromWatts(20), Pass(62, Reading.None(Quality.Asleep, "suspended"), Reading.None(Quality.Asleep, "suspended")).Watts);
    }

    /// <summary>What a meter teaches meanwhile would be of watts that nobody knows.</summary>
    [Fact]
    public void Partial_CardHangs_IsNoLesson()
    {
        Power?[] means = [Power.FromWatts(20), null, null];

        Assert.Equal(Power.FromWatts(110), NodePowerEstimator.Partial(Plan, [Reading.Ok(0), Reading.Ok(90_000_000), Reading.Ok(300_000_000)], means).Packages);
        Assert.Null(NodePowerEstimator.Partial(Plan, [Reading.Ok(0), Hung(90), Hung(300)], means).Packages);
    }

    private void Hang(int seconds)
    {
        for (var second = 0; second <= seconds; second++)
            Pass(second, second <= 1 ? Reading.Ok(90_000_000) : Hung(90), second <= 1 ? Reading.Ok(300_000_000) : Hung(300));
    }

    private NodePower Pass(int second, Reading card, Reading limit)
    {
        var at = TimeSpan.FromSeconds(second);
        _package.Take(second * 20_000_000L, at);
        _meter.Take(Plan, [Reading.Ok(_package.Total), card, limit], [_package.Interval?.Mean, null, null], [_package, null, null], at);
        return _meter.Power;
    }

    private static Reading Hung(int watts) => new(Quality.Stale, watts * 1_000_000L, "no answer within 500 ms");

    private static (Power?, string) Said(NodePower figure) => (figure.Watts, figure.Source);
}

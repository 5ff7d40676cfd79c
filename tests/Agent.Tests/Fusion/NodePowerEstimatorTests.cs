using FsCheck;
using FsCheck.Fluent;
using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Fusion;

public class NodePowerEstimatorTests
{
    private readonly List<SensorInfo> _sensors = [];
    private readonly List<Reading> _readings = [];
    private readonly List<Power?> _means = [];
    private PowerFallback _fallback = Some.Fallback;
    private int _penalty;

    [Fact]
    public void Estimate_ServersPackageAndDram_AreSummed()
    {
        Zone("package-0", "intel-rapl:0", 20);
        Zone("core", "intel-rapl:0:0", 15);
        Zone("soc", "intel-rapl:0:1", 3);
        Zone("dram", "intel-rapl:0:2", 2);

        var estimate = Estimate();

        Assert.Equal(new NodePower(Power.FromWatts(22), Provenance.Measured, "rapl-package", PowerScope.Package, 0.4), estimate.Figure);
        Assert.Equal([0, 3], estimate.Counters);
    }

    [Fact]
    public void Estimate_ClientsDram_IsNotAddedToAPackageThatMayHoldIt()
    {
        Zone("package-0", "intel-rapl:0", 20);
        Zone("uncore", "intel-rapl:0:1", 3);
        Zone("dram", "intel-rapl:0:2", 2);

        Assert.Equal(Power.FromWatts(20), Estimate().Figure.Watts);
    }

    [Theory]
    [InlineData(40, 0.4)]
    [InlineData(20, 0.4)] // 12 % and 5.6 W of 20 W
    [InlineData(8, 0.8)]
    [InlineData(5, 1)]
    [InlineData(1, 1)]
    public void Estimate_PackageAtRest_SaysThatMostOfTheMachineLiesBesideIt(double watts, double uncertainty)
    {
        _fallback = _fallback with { Model = new PowerModel("pc", Power.FromWatts(8), Power.FromWatts(30), 0.5) };
        Zone("package-0", "intel-rapl:0", watts);

        Assert.Equal((Power.FromWatts(watts), PowerScope.Package, uncertainty), (Estimate().Figure.Watts, Estimate().Figure.Scope, Estimate().Figure.Uncertainty));
    }

    [Fact]
    public void Estimate_RemainderStated_IsAddedAndSaidToBeApportioned()
    {
        _fallback = _fallback with { Remainder = Power.FromWatts(10) };
        Zone("package-0", "intel-rapl:0", 30);

        var estimate = Estimate();

        Assert.Equal((Power.FromWatts(40), Provenance.Apportioned, "rapl-package+remainder", PowerScope.Wall),
            (estimate.Figure.Watts, estimate.Figure.Provenance, estimate.Figure.Source, estimate.Figure.Scope));
        Assert.InRange(estimate.Figure.Uncertainty, 0.11, 0.12); // root of (30 % of 10 W)² + (12 % of 30 W)², of 40 W
        Assert.Equal((Power.FromWatts(10), 1.0), (estimate.Gauges, estimate.Gain));
    }

    [Fact]
    public void Estimate_LineLearned_GivesTheWholeFromThePackage()
    {
        _fallback = _fallback with { Remainder = Power.FromWatts(99), Package = new WholeLine(8, 1.2, 0.5, 0, 40, 50, PowerScope.Wall) };
        Zone("package-0", "intel-rapl:0", 20);

        var estimate = Estimate();

        Assert.Equal(new NodePower(Power.FromWatts(32), Provenance.Apportioned, "rapl-package+learned", PowerScope.Wall, WholeLine.LeastUncertainty), estimate.Figure);
        Assert.Equal((Power.FromWatts(8), 1.2), (estimate.Gauges, estimate.Gain));
    }

    [Fact]
    public void Estimate_PiRails_BeatTheModelAndAreTheBoards()
    {
        Busy(0.5);
        Gauge(Some.Info("raspberrypi", "pmic", "VDD_CORE", Quantity.Power, label: "VDD_CORE"), 4.5);
        Gauge(Some.Info("raspberrypi", "pmic", "rails_power", Quantity.Power), 5.92);

        Assert.Equal(new NodePower(Power.FromWatts(5.92), Provenance.Measured, "rails:pmic", PowerScope.Board, 0.3), Estimate().Figure);
    }

    [Fact]
    public void Estimate_OrinRailsOneUnread_IsNoSumOfTwo()
    {
        Busy(0.5);
        foreach (var rail in PowerParts.OrinRails)
            Gauge(Some.Info("hwmon", "ina3221@i2c-1/1-0040", "power" + _sensors.Count, Quantity.Power, label: rail), 4);
        Assert.Equal((Power.FromWatts(12), "rails:ina3221"), (Estimate().Figure.Watts, Estimate().Figure.Source));

        _readings[2] = Reading.None(Quality.Fault, "EIO");

        Assert.Equal("model:test", Estimate().Figure.Source);
    }

    [Fact]
    public void Estimate_StatedMeter_BeatsTheOthers()
    {
        Gauge(Some.Info("hwmon", "power_meter@ACPI000D:00", "power1", Quantity.Power), 120);
        Gauge(Some.Info("i2c", "ina226@i2c-1/1-0040", "power1", Quantity.Power), 11);

        var estimate = NodePowerEstimator.Estimate(
            PowerPlan.For(_sensors, "ina226@i2c-1/1-0040/power1"), _readings.ToArray(), _means.ToArray(), _fallback, ref _penalty);

        Assert.Equal((Power.FromWatts(11), "meter:ina226@i2c-1/1-0040/power1"), (estimate.Figure.Watts, estimate.Figure.Source));
    }

    [Fact]
    public void Estimate_BigAndLittleClusters_CountByWhatTheyWeigh()
    {
        Busy(0.5);
        Policy("policy0", hertz: 1.8e9, most: 1.8e9, use: 1, weight: 0.2);
        Policy("policy4", hertz: 1.2e9, most: 2.4e9, use: 1, weight: 0.8);

        // 2 W idle and 8 W above it: all of the small cluster, and of the big one a quarter, as its clock is half.
        Assert.Equal(Power.FromWatts(2 + (8 * (0.2 + (0.8 * 0.25)))), Estimate().Figure.Watts);
    }

    [Fact]
    public void Estimate_NothingChangesButAWorseSource_NeverAddsThem()
    {
        Zone("package-0", "intel-rapl:0", 20);
        Gauge(Some.Info("raspberrypi", "pmic", "rails_power", Quantity.Power), 5);
        Busy(1);

        Assert.Equal(Power.FromWatts(20), Estimate().Figure.Watts);
    }

    [Fact]
    public void Estimate_PsysAbovePackage_IsPreferredAndNotAdded()
    {
        Zone("package-0", "intel-rapl:0", 20);
        Zone("psys", "intel-rapl:1", 31);

        var figure = Estimate().Figure;

        Assert.Equal((Power.FromWatts(31), "rapl-psys", PowerScope.Board), (figure.Watts, figure.Source, figure.Scope));
    }

    [Theory]
    [InlineData(0)] // zero or frozen
    [InlineData(9.61)] // mis-scaled below its own package, codecarbon#950
    public void Estimate_PsysThatCanNotBeTrue_IsNotPreferred(double psys)
    {
        Zone("package-0", "intel-rapl:0", 14.44);
        Zone("psys", "intel-rapl:1", psys);

        Assert.Equal("rapl-package", Estimate().Figure.Source);
        Assert.Equal(NodePowerEstimator.PsysPenalty, _penalty);
    }

    [Fact]
    public void Estimate_PsysWithoutTheCards_IsNoPlatform()
    {
        Zone("package-0", "intel-rapl:0", 30);
        Zone("psys", "intel-rapl:1", 60);
        Nvidia(watts: 200, mean: 210);

        Assert.Equal((Power.FromWatts(240), "rapl-package+gpu"), (Estimate().Figure.Watts, Estimate().Figure.Source));
    }

    [Fact]
    public void Estimate_PsysWithTheCards_IsThePlatform()
    {
        Zone("package-0", "intel-rapl:0", 30);
        Zone("psys", "intel-rapl:1", 300);
        Nvidia(watts: 200, mean: 210);

        Assert.Equal((Power.FromWatts(300), "rapl-psys"), (Estimate().Figure.Watts, Estimate().Figure.Source));
    }

    [Theory]
    [InlineData(250, "hwmon:power_meter")]
    [InlineData(230, "hwmon:power_meter")] // within its 5 %
    [InlineData(120, "rapl-package+gpu")] // one supply of two
    [InlineData(0, "rapl-package+gpu")]
    public void Estimate_MeterBelowWhatLiesInside_IsNoMeterOfTheWhole(double watts, string source)
    {
        Gauge(Some.Info("hwmon", "power_meter@ACPI000D:00", "power1", Quantity.Power), watts);
        Zone("package-0", "intel-rapl:0", 30);
        Nvidia(watts: 200, mean: 210);

        Assert.Equal(source, Estimate().Figure.Source);
    }

    [Fact]
    public void Estimate_GuestsMeterBelowItsPackage_StandsAgainstAnEmulation()
    {
        _fallback = _fallback with { IsGuest = true };
        Gauge(Some.Info("hwmon", "power_meter@ACPI000D:00", "power1", Quantity.Power), 20);
        Zone("package-0", "intel-rapl:0", 30);

        Assert.Equal("hwmon:power_meter", Estimate().Figure.Source);
    }

    [Fact]
    public void Estimate_PsysAfterItsPenalty_IsTrustedAgain()
    {
        Zone("package-0", "intel-rapl:0", 10);
        Zone("psys", "intel-rapl:1", 20);
        _penalty = 2;

        Assert.Equal("rapl-package", Estimate().Figure.Source);
        Assert.Equal("rapl-psys", Estimate().Figure.Source);
    }

    [Fact]
    public void Estimate_AServerMeter_BeatsEverything()
    {
        Zone("package-0", "intel-rapl:0", 50);
        Zone("psys", "intel-rapl:1", 70);
        Gauge(Some.Info("hwmon", "power_meter@ACPI000D:00", "power1", Quantity.Power), 120);

        var figure = Estimate().Figure;

        Assert.Equal((Power.FromWatts(120), "hwmon:power_meter", PowerScope.Wall, 0.05), (figure.Watts, figure.Source, figure.Scope, figure.Uncertainty));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-3)]
    public void Estimate_MeterAtOrBelowZero_IsPassedOver(double watts)
    {
        Zone("package-0", "intel-rapl:0", 50);
        Gauge(Some.Info("hwmon", "power_meter@ACPI000D:00", "power1", Quantity.Power), watts);

        Assert.Equal("rapl-package", Estimate().Figure.Source);
    }

    [Fact]
    public void Estimate_OnePackageOfTwoUnread_IsNoSumOfOne()
    {
        Zone("package-0", "intel-rapl:0", 50);
        Zone("package-1", "intel-rapl:1", null);
        Busy(0.5);

        Assert.Equal("model:test", Estimate().Figure.Source);
    }

    [Fact]
    public void Estimate_ApuWithoutRapl_UsesItsPackagePower()
    {
        Gauge(Some.Info("hwmon", "amdgpu@pci", "in1", Quantity.Voltage, label: "vddnb"), 1);
        Gauge(Some.Info("hwmon", "amdgpu@pci", "power1", Quantity.Power, label: "PPT"), 12);

        var figure = Estimate().Figure;

        Assert.Equal((Power.FromWatts(12), "hwmon:amdgpu", PowerScope.Package), (figure.Watts, figure.Source, figure.Scope));
    }

    [Fact]
    public void Estimate_ApuBesideRapl_IsNotAddedToThePackage()
    {
        Zone("package-0", "intel-rapl:0", 20);
        Gauge(Some.Info("hwmon", "amdgpu@pci", "in1", Quantity.Voltage, label: "vddnb"), 1);
        Gauge(Some.Info("hwmon", "amdgpu@pci", "power1", Quantity.Power, label: "PPT"), 20);

        Assert.Equal(Power.FromWatts(20), Estimate().Figure.Watts);
    }

    [Fact]
    public void Estimate_DiscreteCardBesideRapl_IsAdded()
    {
        Zone("package-0", "intel-rapl:0", 20);
        Gauge(Some.Info("hwmon", "amdgpu@pci/03", "power1", Quantity.Power, label: "PPT"), 180);

        var estimate = Estimate();

        Assert.Equal((Power.FromWatts(200), "rapl-package+gpu"), (estimate.Figure.Watts, estimate.Figure.Source));
        Assert.Equal(Power.FromWatts(180), estimate.Gauges);
    }

    [Fact]
    public void Estimate_NvidiaCardBesideRapl_IsAddedByItsCounter()
    {
        Zone("package-0", "intel-rapl:0", 20);
        Nvidia(watts: 190, mean: 180);

        var estimate = Estimate();

        Assert.Equal((Power.FromWatts(200), "rapl-package+gpu"), (estimate.Figure.Watts, estimate.Figure.Source));
        Assert.Equal((Power.Zero, 2), (estimate.Gauges, estimate.Counters.Length));
    }

    [Fact]
    public void Estimate_NvidiaCardWhoseDriverHangs_CountsWithItsLastPower()
    {
        Zone("package-0", "intel-rapl:0", 20);
        Nvidia(watts: 190, mean: null, Quality.Stale);

        var estimate = Estimate();

        Assert.Equal((Power.FromWatts(210), Power.FromWatts(190)), (estimate.Figure.Watts, estimate.Gauges));
    }

    [Fact]
    public void Estimate_NvidiaCardThatSleeps_AddsNothing()
    {
        Zone("package-0", "intel-rapl:0", 20);
        Nvidia(watts: null, mean: null, Quality.Asleep);

        Assert.Equal(Power.FromWatts(20), Estimate().Figure.Watts);
    }

    [Fact]
    public void Estimate_NvidiaCardWithoutRapl_IsAddedToTheModel()
    {
        Busy(0.25);
        Nvidia(watts: 190, mean: 180);

        var estimate = Estimate();

        Assert.Equal(new NodePower(Power.FromWatts(184), Provenance.Modelled, "model:test+gpu", PowerScope.Wall, 0.5), estimate.Figure);
        Assert.Equal((Power.FromWatts(184), 0), (estimate.Gauges, estimate.Counters.Length));
    }

    [Fact]
    public void Estimate_NoMeter_IsModelledAndSaysSo()
    {
        Busy(0.25);

        Assert.Equal(new NodePower(Power.FromWatts(4), Provenance.Modelled, "model:test", PowerScope.Wall, 0.5), Estimate().Figure);
    }

    [Fact]
    public void Estimate_SlowClock_LowersTheModel()
    {
        Busy(1);
        Gauge(Some.Info("cpufreq", "policy0", "scaling_cur_freq", Quantity.Frequency), 900);
        Gauge(Some.Info("cpufreq", "policy0", "cpuinfo_max_freq", Quantity.Frequency, SensorShape.Limit), 1800);

        Assert.Equal(Power.FromWatts(4), Estimate().Figure.Watts);
    }

    [Fact]
    public void Estimate_AStatedPower_BeatsTheModelButNotAMeter()
    {
        _fallback = _fallback with { Stated = Power.FromWatts(6) };
        Busy(0.5);
        Assert.Equal("static", Estimate().Figure.Source);

        Zone("package-0", "intel-rapl:0", 20);

        Assert.Equal("rapl-package", Estimate().Figure.Source);
    }

    [Fact]
    public void Estimate_NothingReadable_IsNoneAndNotZero()
    {
        Zone("package-0", "intel-rapl:0", null);

        Assert.Equal(NodePower.None, Estimate().Figure);
    }

    [Fact]
    public void Estimate_AGuestsCounters_AreHardlyBelieved()
    {
        _fallback = _fallback with { IsGuest = true };
        Zone("package-0", "intel-rapl:0", 20);
        Zone("psys", "intel-rapl:1", 30);

        Assert.Equal(("rapl-package", 0.8), (Estimate().Figure.Source, Estimate().Figure.Uncertainty));
    }

    [Fact]
    public void Estimate_APackageAtZero_IsAGuestsFakeAndNotAFigure()
    {
        Zone("package-0", "intel-rapl:0", 0);
        Busy(0.5);

        Assert.Equal(Provenance.Modelled, Estimate().Figure.Provenance);
    }

    [Fact]
    public void Estimate_AnyZones_NeverExceedsPackagesPlusMemoryUnlessPsys()
    {
        Check.QuickThrowOnFailure(Prop.ForAll<byte, byte, byte>((package, core, dram) =>
        {
            var test = new NodePowerEstimatorTests();
            test.Zone("package-0", "intel-rapl:0", package);
            test.Zone("package-0", "intel-rapl-mmio:0", package);
            test.Zone("core", "intel-rapl:0:0", core);
            test.Zone("dram", "intel-rapl:0:1", dram);
            var watts = test.Estimate().Figure.Watts;
            return package == 0 ? watts is null : watts == Power.FromWatts(package + dram);
        }));
    }

    private void Zone(string label, string device, double? watts)
    {
        _sensors.Add(Some.Zone(label, device));
        _readings.Add(watts is null ? Reading.None(Quality.Denied, "EACCES") : Reading.Ok(1));
        _means.Add(watts is { } known ? Power.FromWatts(known) : null);
    }

    private void Policy(string policy, double hertz, double most, double use, double weight)
    {
        Gauge(Some.Info("cpufreq", policy, "scaling_cur_freq", Quantity.Frequency), hertz);
        Gauge(Some.Info("cpufreq", policy, "cpuinfo_max_freq", Quantity.Frequency, SensorShape.Limit), most);
        Gauge(Some.Info("cluster", policy, "utilization", Quantity.Ratio), use);
        Gauge(Some.Info("cluster", policy, "weight", Quantity.Ratio, SensorShape.Limit), weight);
    }

    private void Busy(double ratio) => Gauge(Some.Utilization, ratio);

    private void Gauge(SensorInfo info, double value)
    {
        _sensors.Add(info);
        _readings.Add(Reading.Ok((long)(value * 1e6)));
        _means.Add(null);
    }

    private void Nvidia(double? watts, double? mean, Quality quality = Quality.Ok)
    {
        _sensors.Add(Some.Info("nvidia", "nvidia@0000:01:00.0", "power", Quantity.Power));
        _readings.Add(new Reading(quality, watts is { } known ? (long)(known * 1e6) : null, null));
        _means.Add(null);
        _sensors.Add(Some.Info("nvidia", "nvidia@0000:01:00.0", "energy", Quantity.Energy, SensorShape.Counter));
        _readings.Add(new Reading(quality, watts is null ? null : 1, null));
        _means.Add(mean is { } counted ? Power.FromWatts(counted) : null);
    }

    private NodeEstimate Estimate() =>
        NodePowerEstimator.Estimate(PowerPlan.For(_sensors), _readings.ToArray(), _means.ToArray(), _fallback, ref _penalty);
}

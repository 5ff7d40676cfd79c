using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Fusion;

public class PowerPlanTests
{
    [Fact]
    public void For_MsrAndMmioZones_CountsThePackageOnce()
    {
        var plan = PowerPlan.For([Some.Zone("package-0", "intel-rapl-mmio:0"), Some.Zone("package-0", "intel-rapl:0"), Some.Zone("dram", "intel-rapl-mmio:0:0"), Some.Zone("dram", "intel-rapl:0:2")]);

        Assert.Equal([1], plan.Packages);
        Assert.Equal([3], plan.Memory);
    }

    [Fact]
    public void For_MmioZonesOnly_TakesThem()
    {
        Assert.Equal([0], PowerPlan.For([Some.Zone("package-0", "intel-rapl-mmio:0")]).Packages);
    }

    [Fact]
    public void For_PerfUnitBesideZonesThatAreShut_CountsByPerfAndOnce()
    {
        var plan = PowerPlan.For(
        [
            Some.Zone("package-0", "intel-rapl:0"), Some.Zone("dram", "intel-rapl:0:0"), Some.Zone("psys", "intel-rapl:1"), Some.Zone("package-0", "intel-rapl-mmio:0"),
            Some.Info("perf", "package-0", "energy", Quantity.Energy, SensorShape.Counter, "package-0"),
            Some.Info("perf", "package-0:dram", "energy", Quantity.Energy, SensorShape.Counter, "dram"),
            Some.Info("perf", "psys", "energy", Quantity.Energy, SensorShape.Counter, "psys"),
        ]);

        Assert.Equal([4], plan.Packages);
        Assert.Equal([5], plan.Memory);
        Assert.Equal([6], plan.Psys);
    }

    [Fact]
    public void For_PerfUnitAlone_IsThePackage()
    {
        var plan = PowerPlan.For([Some.Info("perf", "package-0:core", "energy", Quantity.Energy, SensorShape.Counter, "core"), Some.Info("perf", "package-0", "energy", Quantity.Energy, SensorShape.Counter, "package-0")]);

        Assert.Equal([1], plan.Packages);
    }

    [Fact]
    public void For_MetersOfEveryKind_TakesTheWallBeforeTheBoardAndNoMeanForAMeter()
    {
        var plan = PowerPlan.For(
        [
            Some.Info("power_supply", "node", "discharge", Quantity.Power),
            Some.Info("power_supply", "BAT0", "power", Quantity.Power),
            Some.Info("i2c", "ina226@1-0x40", "power", Quantity.Power, label: "VDD_IN"),
            Some.Info("i2c", "ina226@1-0x41", "power", Quantity.Power, label: "disk"),
            Some.Info("ipmi", "ipmi0", "power_average", Quantity.Power, label: "dcmi"),
            Some.Info("ipmi", "ipmi0", "power", Quantity.Power, label: "dcmi"),
        ]);

        Assert.Equal([("ipmi", 5, PowerScope.Wall), ("battery", 0, PowerScope.Board), ("i2c:ina226@1-0x40", 2, PowerScope.Board)],
            plan.Meters.Select(static meter => (meter.Source, meter.Channel, meter.Scope)));
    }

    [Fact]
    public void For_IntelCard_CountsTheCardAndNotItsTile()
    {
        var plan = PowerPlan.For(
        [
            Some.Info("hwmon", "xe@pci/0000:03:00.0", "energy2", Quantity.Energy, SensorShape.Counter, label: "pkg"),
            Some.Info("hwmon", "xe@pci/0000:03:00.0", "energy1", Quantity.Energy, SensorShape.Counter, label: "card"),
            Some.Info("hwmon", "i915_gt0@pci/0000:04:00.0", "energy1", Quantity.Energy, SensorShape.Counter),
            Some.Info("hwmon", "i915@pci/0000:04:00.0", "energy1", Quantity.Energy, SensorShape.Counter),
        ]);

        Assert.Equal([(-1, 1), (-1, 3)], plan.Cards.Select(static card => (card.Gauge, card.Counter)));
    }

    [Fact]
    public void For_CoreAndUncore_AreNeverPartOfASum()
    {
        var plan = PowerPlan.For([Some.Zone("core", "intel-rapl:0:0"), Some.Zone("uncore", "intel-rapl:0:1")]);

        Assert.Empty(plan.Packages);
        Assert.Empty(plan.Memory);
    }

    [Fact]
    public void For_TwoPackagesWithDramAndPsys_FindsEach()
    {
        var plan = PowerPlan.For([Some.Zone("package-0", "intel-rapl:0"), Some.Zone("dram", "intel-rapl:0:0"), Some.Zone("package-1", "intel-rapl:1"), Some.Zone("dram", "intel-rapl:1:0"), Some.Zone("psys", "intel-rapl:2")]);

        Assert.Equal([0, 2], plan.Packages);
        Assert.Equal([1, 3], plan.Memory);
        Assert.Equal([4], plan.Psys);
    }

    [Fact]
    public void For_MultiDiePackages_SumsTheDies()
    {
        Assert.Equal([0, 1], PowerPlan.For([Some.Zone("package-0-die-0", "intel-rapl:0"), Some.Zone("package-0-die-1", "intel-rapl:1")]).Packages);
    }

    [Fact]
    public void For_AmdgpuWithNorthBridgeVoltage_IsAnApu()
    {
        var plan = PowerPlan.For(
        [
            Some.Info("hwmon", "amdgpu@pci/0000:c5:00.0", "in1", Quantity.Voltage, label: "vddnb"),
            Some.Info("hwmon", "amdgpu@pci/0000:c5:00.0", "power1", Quantity.Power, label: "PPT"),
            Some.Info("hwmon", "amdgpu@pci/0000:03:00.0", "power1", Quantity.Power, label: "PPT"),
        ]);

        Assert.Equal([1], plan.ApuPackages);
        Assert.Equal([new CardPower(2, -1, -1, "amdgpu@pci/0000:03:00.0")], plan.Cards);
    }

    [Fact]
    public void For_VanGogh_TakesTheSlowLimitOnly()
    {
        var plan = PowerPlan.For(
        [
            Some.Info("hwmon", "amdgpu@pci/0000:04:00.0", "power1", Quantity.Power, label: "slowPPT"),
            Some.Info("hwmon", "amdgpu@pci/0000:04:00.0", "power2", Quantity.Power, label: "fastPPT"),
        ]);

        Assert.Equal([0], plan.ApuPackages);
        Assert.Empty(plan.Cards);
    }

    [Fact]
    public void For_NvidiaCards_TakesInstantPowerAndTheCounterOfEach()
    {
        var plan = PowerPlan.For(
        [
            Some.Info("nvidia", "nvidia@0000:01:00.0", "power", Quantity.Power),
            Some.Info("nvidia", "nvidia@0000:01:00.0", "power_instant", Quantity.Power),
            Some.Info("nvidia", "nvidia@0000:01:00.0", "energy", Quantity.Energy, SensorShape.Counter),
            Some.Info("nvidia", "nvidia@0000:01:00.0", "power_cap", Quantity.Power, SensorShape.Limit),
            Some.Info("nvidia", "nvidia@0000:41:00.0", "power", Quantity.Power),
        ]);

        Assert.Equal([new CardPower(1, 2, 3, "nvidia@0000:01:00.0"), new CardPower(4, -1, -1, "nvidia@0000:41:00.0")], plan.Cards);
    }

    [Fact]
    public void For_BoardMeters_KnowsTheirScope()
    {
        var plan = PowerPlan.For(
        [
            Some.Info("hwmon", "power_meter@LNXSYSTM:00/ACPI000D:00", "power1", Quantity.Power),
            Some.Info("hwmon", "corsairpsu@usb/3-1", "power1", Quantity.Power, label: "power total"),
            Some.Info("hwmon", "ina3221@i2c-1/1-0040", "power1", Quantity.Power, label: "VDD_IN"),
            Some.Info("hwmon", "ina3221@i2c-1/1-0040", "power2", Quantity.Power, label: "VDD_CPU"),
        ]);

        Assert.Equal(
            [("hwmon:power_meter", 0, PowerScope.Wall), ("hwmon:corsairpsu", 1, PowerScope.Board), ("hwmon:ina3221", 2, PowerScope.Board)],
            plan.Meters.Select(m => (m.Source, m.Channel, m.Scope)));
    }

    [Fact]
    public void For_AcpiMeterOfABattery_IsNoMeterOfTheNode() =>
        Assert.Empty(PowerPlan.For([Some.Info("hwmon", "power_meter@LNXSYSTM:00/ACPI000D:01", "power1", Quantity.Power, label: "battery")]).Meters);

    [Fact]
    public void For_CpufreqPolicies_PairsClockWithHardwareCeiling()
    {
        var plan = PowerPlan.For(
        [
            Some.Info("cpufreq", "policy0", "scaling_cur_freq", Quantity.Frequency),
            Some.Info("cpufreq", "policy0", "scaling_max_freq", Quantity.Frequency, SensorShape.Limit),
            Some.Info("cpufreq", "policy0", "cpuinfo_max_freq", Quantity.Frequency, SensorShape.Limit),
            Some.Info("cpufreq", "policy4", "scaling_cur_freq", Quantity.Frequency),
        ]);

        Assert.Equal([new ClockPair(0, 2)], plan.Clocks);
    }
}

using static Homelab.NodeAgent.Actuators.Machines;

namespace Homelab.NodeAgent.Actuators;

public sealed class CpufreqLimiterTests
{
    private const string BoostFile = CpuFolder + "/boost";
    private const string NoTurbo = "/sys/devices/system/cpu/intel_pstate/no_turbo";

    [Fact]
    public void Discover_Rk1_HasAClusterOfSmallAndOneOfBigCores()
    {
        var limiters = Rk1().Limiters();
        Assert.Equal(["cpufreq:policy0", "cpufreq:policy4"], limiters.Select(limiter => limiter.Info.Name));
        Assert.Equal(new Frequency(2304000), limiters[1].Info.Operates[^1]);
        Assert.Equal(11, limiters[1].Info.Operates.Count);
    }

    [Fact]
    public void Discover_EightCoresOfWhichTwoAreFavoured_IsOneLimiter()
    {
        var hardware = new FakeHardware();
        for (var cpu = 0; cpu < 8; cpu++)
            hardware.Policy(cpu, 400000, cpu < 2 ? 5263000 : 5100000, "amd-pstate-epp");
        var limiter = Assert.Single(hardware.Limiters());
        Assert.Empty(limiter.Info.Operates);
        Assert.Equal((Megahertz(400), Megahertz(5263)), (limiter.Read().Least, limiter.Read().Most));
    }

    [Fact]
    public void Discover_EqualClustersWithPackageIdsOfTheirOwn_AreOneLimiter()
    {
        var hardware = Rk1().With("/sys/devices/system/cpu/cpu4/topology/physical_package_id", "1").With("/sys/devices/system/cpu/cpu6/topology/physical_package_id", "2");
        Assert.Equal(2, hardware.Limiters().Count);
    }

    [Fact]
    public void Discover_PolicyWithAnImpossibleRange_IsLeftOut() =>
        Assert.Empty(new FakeHardware().Policy(0, 2000000, 1000000, "cpufreq-dt").Policy(1, 0, 1000000, "cpufreq-dt").Limiters());

    [Fact]
    public void Apply_OnACluster_WritesAllOfItsPolicies()
    {
        var hardware = Rk1();
        var outcome = hardware.The("cpufreq:policy4").Apply(Megahertz(1608));
        Assert.Equal(("1800000", "1608000", "1608000"), (hardware[Ceiling(0)], hardware[Ceiling(4)], hardware[Ceiling(6)]));
        Assert.Equal((Megahertz(1608), true, LimiterState.Ready), (outcome.Reading.Effective, outcome.WasWritten, outcome.Reading.State));
    }

    [Theory]
    [InlineData(1700, "1608000")]
    [InlineData(1, "408000")]
    [InlineData(9000, "2304000")]
    public void Apply_BetweenOperatingPoints_TakesTheLowerInsideTheRange(long asked, string written)
    {
        var hardware = Rk1();
        hardware.The("cpufreq:policy4").Apply(Megahertz(asked));
        Assert.Equal(written, hardware[Ceiling(4)]);
    }

    [Fact]
    public void CpufreqLimiter_TwoGigahertzAskedOnePointTwoGranted_IsAccountedAndNotWrittenAgain()
    {
        var hardware = new FakeHardware().Policy(0, 800000, 3000000, "cpufreq-dt").Round(Ceiling(0), 800000, 1200000, 2400000, 3000000);
        var limiter = hardware.The("cpufreq:policy0");
        Assert.Equal(Megahertz(1200), limiter.Apply(Megahertz(2000)).Reading.Effective);
        hardware.Writes.Clear();
        Assert.Equal((false, Megahertz(1200)), (limiter.Apply(Megahertz(2000)).WasWritten, limiter.Read().Effective));
        Assert.Empty(hardware.Writes);
    }

    [Fact]
    public void CpufreqLimiter_ThermalGovernorHoldsLower_IsAccountedAndNotFought()
    {
        var hardware = Rk1();
        var limiter = hardware.The("cpufreq:policy0");
        limiter.Apply(Megahertz(1608));
        hardware.View(Ceiling(0), held => $"{Math.Min(long.Parse(held, System.Globalization.CultureInfo.InvariantCulture), 816000)}");
        hardware.Writes.Clear();

        Assert.Equal(Megahertz(816), limiter.Read().Effective);
        Assert.False(limiter.Apply(Megahertz(1608)).WasWritten);
        Assert.Equal((true, Megahertz(816)), (limiter.Apply(Megahertz(1416)).WasWritten, limiter.Read().Effective));
        Assert.False(limiter.Apply(Megahertz(1416)).WasWritten);
        Assert.Equal("1416000", hardware[Ceiling(0)]);
        Assert.Equal(LimiterState.Ready, limiter.Read().State);
    }

    [Fact]
    public void CpufreqLimiter_RewrittenByAPowerProfileDaemon_IsAssertedAgainEachTime()
    {
        var hardware = Rk1();
        var limiter = hardware.The("cpufreq:policy0");
        limiter.Apply(Megahertz(1008));
        hardware.Rewrite(Ceiling(0), "1800000", everyReads: 5);
        var writes = 0;
        for (var i = 0; i < 20; i++)
            writes += limiter.Apply(Megahertz(1008)).WasWritten ? 1 : 0;
        Assert.InRange(writes, 5, 12);
    }

    [Fact]
    public void Read_OnePolicyRaisedByAnother_EffectiveIsTheHighest()
    {
        var hardware = Rk1();
        var limiter = hardware.The("cpufreq:policy4");
        limiter.Apply(Megahertz(1008));
        hardware[Ceiling(6)] = "2304000";
        Assert.Equal(Megahertz(2304), limiter.Read().Effective);
    }

    [Fact]
    public void CpufreqLimiter_TurboIgnoresTheCeilingOfAcpiCpufreq_BoostIsOffWhileHeldAndBackAfter()
    {
        var hardware = new FakeHardware().Policy(0, 800000, 3001000, "acpi-cpufreq").Policy(1, 800000, 3001000, "acpi-cpufreq").With(BoostFile, "1");
        var before = hardware.Snapshot();
        var limiter = hardware.The("cpufreq:policy0");
        limiter.Apply(Megahertz(2000));
        Assert.Equal("0", hardware[BoostFile]);
        Assert.StartsWith(BoostFile, hardware.Writes[0], StringComparison.Ordinal);
        limiter.Apply(default);
        Assert.Equal(before, hardware.Snapshot());
    }

    [Fact]
    public void CpufreqLimiter_BoostThatDoesNotMove_IsLeftAloneAndTheCeilingHolds()
    {
        var hardware = new FakeHardware().Policy(0, 800000, 3001000, "acpi-cpufreq").With(BoostFile, "1").FailWrites(BoostFile, Errno.Invalid);
        var limiter = hardware.The("cpufreq:policy0");
        Assert.Equal(LimiterState.Ready, limiter.Apply(Megahertz(2000)).Reading.State);
        limiter.Apply(Megahertz(1000));
        Assert.Single(hardware.Writes, write => write.StartsWith(BoostFile, StringComparison.Ordinal));
        Assert.Equal("1000000", hardware[Ceiling(0)]);
    }

    [Fact]
    public void CpufreqLimiter_IntelBelowTheBaseClock_ShutsTurboOffAndOnAgainAboveIt()
    {
        var hardware = new FakeHardware().Policy(0, 700000, 3400000, "intel_pstate").With(CpuFolder + "/policy0/base_frequency", "1800000").With(NoTurbo, "0");
        hardware.AfterWrite(NoTurbo, () => hardware[CpuFolder + "/policy0/cpuinfo_max_freq"] = hardware[NoTurbo] == "1" ? "1800000" : "3400000");
        var limiter = hardware.The("cpufreq:policy0");

        limiter.Apply(Megahertz(2500));
        Assert.Equal("0", hardware[NoTurbo]);
        limiter.Apply(Megahertz(1500));
        Assert.Equal(("1", Megahertz(3400)), (hardware[NoTurbo], limiter.Read().Most));
        limiter.Apply(Megahertz(2500));
        Assert.Equal(("0", "2500000"), (hardware[NoTurbo], hardware[Ceiling(0)]));
    }

    [Fact]
    public void CpufreqLimiter_ClockSeenAboveTheCeilingForASecond_ShutsTurboOff()
    {
        var hardware = new FakeHardware().Policy(0, 400000, 5000000, "amd-pstate").Policy(1, 400000, 5000000, "amd-pstate").With(BoostFile, "1");
        var before = hardware.Snapshot();
        var limiter = hardware.The("cpufreq:policy0");
        limiter.Apply(Megahertz(2000));
        hardware[CpuFolder + "/policy1/scaling_cur_freq"] = "3000000";
        for (var look = 0; look < 10; look++)
            limiter.Read();
        Assert.Equal("1", hardware[BoostFile]);
        limiter.Read();
        Assert.Equal("0", hardware[BoostFile]);
        limiter.Apply(Megahertz(2000));
        Assert.Equal("0", hardware[BoostFile]);

        hardware[CpuFolder + "/policy1/scaling_cur_freq"] = "400000";
        limiter.Apply(default);
        Assert.Equal(before, hardware.Snapshot());
    }

    [Fact]
    public void Read_ManyTimes_WritesNothing()
    {
        var hardware = Rk1();
        var limiter = hardware.The("cpufreq:policy0");
        limiter.Apply(Megahertz(1008));
        hardware.Writes.Clear();
        for (var look = 0; look < 50; look++)
            limiter.Read();
        Assert.Empty(hardware.Writes);
    }

    [Fact]
    public void CpufreqLimiter_TwoClustersShareTurbo_ItIsOffWhileOneNeedsItSo()
    {
        var hardware = new FakeHardware().Policy(0, 800000, 3000000, "acpi-cpufreq").Policy(1, 800000, 5000000, "acpi-cpufreq").With(BoostFile, "1");
        var limiters = hardware.Limiters();
        limiters[0].Apply(Megahertz(1000));
        limiters[1].Apply(Megahertz(1000));
        limiters[0].Apply(default);
        Assert.Equal("0", hardware[BoostFile]);
        limiters[1].Apply(default);
        Assert.Equal("1", hardware[BoostFile]);
    }

    [Fact]
    public void CpufreqLimiter_PreferenceForPerformance_IsEasedWhileHeldAndBusyIsFine()
    {
        const string preference = CpuFolder + "/policy0/energy_performance_preference";
        var hardware = new FakeHardware().Policy(0, 400000, 5000000, "amd-pstate-epp").With(preference, "performance");
        var limiter = hardware.The("cpufreq:policy0");
        limiter.Apply(Megahertz(2000));
        Assert.Equal("balance_performance", hardware[preference]);
        limiter.Apply(default);
        Assert.Equal("performance", hardware[preference]);

        hardware.FailWrites(preference, Errno.Busy).Writes.Clear();
        Assert.Equal(LimiterState.Ready, limiter.Apply(Megahertz(2000)).Reading.State);
        Assert.False(limiter.Apply(Megahertz(2000)).WasWritten);
        Assert.Equal(1, hardware.Writes.Count(write => write.StartsWith(preference, StringComparison.Ordinal)));
    }

    [Fact]
    public void Apply_CoreWentOffline_HoldsTheRest()
    {
        var hardware = Rk1();
        var limiter = hardware.The("cpufreq:policy4");
        hardware.Remove(CpuFolder + "/policy6");
        Assert.Equal((Megahertz(1008), LimiterState.Ready), (limiter.Apply(Megahertz(1008)).Reading.Effective, limiter.Read().State));
        hardware.Remove(CpuFolder + "/policy4");
        Assert.Equal(LimiterState.Gone, limiter.Apply(Megahertz(1008)).Reading.State);
    }

    [Fact]
    public void Apply_IgnoredByTheDriver_IsLocked()
    {
        var hardware = Rk1().Deafen(Ceiling(0));
        var reading = hardware.The("cpufreq:policy0").Apply(Megahertz(1008)).Reading;
        Assert.Equal((LimiterState.Locked, Megahertz(1800)), (reading.State, reading.Effective));
    }

    [Fact]
    public void Originals_WhileCoolingHoldsTheCeilingDown_AreTheDriversHighest()
    {
        var hardware = Rk1().With("/sys/class/thermal/cooling_device0/type", "cpufreq-cpu0").With("/sys/class/thermal/cooling_device0/cur_state", "3")
            .View(Ceiling(0), static _ => "816000");
        Assert.Equal([new OriginalValue(Ceiling(0), "1800000\n")], hardware.The("cpufreq:policy0").Originals());
        hardware["/sys/class/thermal/cooling_device0/cur_state"] = "0";
        Assert.Equal([new OriginalValue(Ceiling(0), "816000\n")], hardware.The("cpufreq:policy0").Originals());
    }

    [Fact]
    public void Read_ReadOnlySys_IsDeniedBeforeAnyWrite()
    {
        var reading = Rk1().FailWrites(Ceiling(0), Errno.ReadOnlyFileSystem).The("cpufreq:policy0").Read();
        Assert.Equal(LimiterState.Denied, reading.State);
        Assert.Contains("EROFS", reading.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_Watts_IsABug() => Assert.Throws<ArgumentException>(() => Rk1().The("cpufreq:policy0").Apply(Watts(5)));
}

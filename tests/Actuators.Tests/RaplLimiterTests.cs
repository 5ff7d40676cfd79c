using FsCheck;
using FsCheck.Fluent;
using Homelab.Units;
using static Homelab.NodeAgent.Actuators.Machines;

namespace Homelab.NodeAgent.Actuators;

public sealed class RaplLimiterTests
{
    [Fact]
    public void Discover_MsrAndMmioOfOnePackage_AreOneLimiter()
    {
        var limiter = Assert.Single(Intel().Limiters());
        Assert.Equal("rapl:package-0", limiter.Info.Name);
        Assert.Equal((LimiterKind.Watts, LimiterDomain.Processor), (limiter.Info.Kind, limiter.Info.Domain));
    }

    [Fact]
    public void Discover_TwoPackagesAndAPlatformZone_AreTwoLimiters()
    {
        var hardware = Intel();
        Zone(hardware, "/sys/class/powercap/intel-rapl:1", "50000000", "psys");
        Zone(hardware, "/sys/class/powercap/intel-rapl:a", "50000000", "package-10");
        Assert.Equal(["rapl:package-0", "rapl:package-10"], hardware.Limiters().Select(limiter => limiter.Info.Name));
    }

    [Fact]
    public void RaplLimiter_AmdWithEnergyAndNoLimitFiles_IsLeftToCpufreq() =>
        Assert.Empty(new FakeHardware().With(Msr + "/name", "package-0").With(Msr + "/energy_uj", "1").With(Msr + "/enabled", "0").Limiters());

    [Fact]
    public void Read_MmioLowerThanMsr_EffectiveIsTheLower()
    {
        var hardware = Intel();
        hardware[Mmio + LongLimit] = "4500000";
        Assert.Equal(Watts(4.5), hardware.The("rapl:package-0").Read().Effective);
    }

    [Fact]
    public void Read_OfADisabledZone_DoesNotCount()
    {
        var hardware = Intel();
        hardware[Msr + "/enabled"] = "0";
        Assert.Equal(Watts(15), hardware.The("rapl:package-0").Read().Effective);
        hardware[Mmio + "/enabled"] = "0";
        Assert.Equal(default, hardware.The("rapl:package-0").Read().Effective);
    }

    [Fact]
    public void Read_Range_IsFromAShareOfDesignPowerToWhatTheMachineCameWith()
    {
        var reading = Intel().The("rapl:package-0").Read();
        Assert.Equal((Watts(1.8), Watts(10), LimiterState.Ready, ""), (reading.Least, reading.Most, reading.State, reading.Detail));
    }

    [Fact]
    public void Apply_OnMsrAndMmio_WritesTheSameToBothWithPl2AndASecondsWindow()
    {
        var hardware = Intel();
        var outcome = hardware.The("rapl:package-0").Apply(Watts(7));

        Assert.All(Zones, zone => Assert.Equal(
            ("7000000", "7000000", "1000000"), (hardware[zone + LongLimit], hardware[zone + ShortLimit], hardware[zone + Window])));
        Assert.Equal((Watts(7), LimiterState.Ready, true), (outcome.Reading.Effective, outcome.Reading.State, outcome.WasWritten));
        Assert.Equal("78000000", hardware[Msr + "/constraint_2_power_limit_uw"]);
    }

    [Fact]
    public void Apply_ASecondTime_WritesNothing()
    {
        var hardware = Intel().Quantise(Msr + LongLimit, 125000).Quantise(Mmio + LongLimit, 125000).Quantise(Msr + Window, 999424).Quantise(Mmio + Window, 999424);
        var limiter = hardware.The("rapl:package-0");
        limiter.Apply(Watts(6.57));
        var writes = hardware.Writes.Count;

        Assert.False(limiter.Apply(Watts(6.57)).WasWritten);
        Assert.Equal(writes, hardware.Writes.Count);
        Assert.Equal(Watts(6.5), limiter.Read().Effective);
    }

    [Fact]
    public void RaplLimiter_LockedByBios_IsMarkedLockedAndSaysWhy()
    {
        var hardware = Intel(withMmio: false).FailWrites(Msr + LongLimit, Errno.NoData);
        var outcome = hardware.The("rapl:package-0").Apply(Watts(7));

        Assert.Equal(LimiterState.Locked, outcome.Reading.State);
        Assert.Equal(Watts(10), outcome.Reading.Effective);
        Assert.StartsWith($"{Msr}{LongLimit}: ENODATA on write: the driver refuses: BIOS or firmware has locked this limit", outcome.Reading.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void RaplLimiter_LockedByBios_WritesNothingElseOfThatZone()
    {
        var hardware = Intel(withMmio: false).FailWrites(Msr + LongLimit, Errno.NoData);
        hardware.The("rapl:package-0").Apply(Watts(7));
        Assert.Equal([$"{Msr}{LongLimit}=7000000"], hardware.Writes);
    }

    [Fact]
    public void RaplLimiter_LockedThatOpensLater_IsReadyAgain()
    {
        var hardware = Intel(withMmio: false).FailWrites(Msr + LongLimit, Errno.NoData);
        var limiter = hardware.The("rapl:package-0");
        limiter.Apply(Watts(7));
        Assert.Equal(LimiterState.Locked, limiter.Read().State);
        hardware.FailWrites(Msr + LongLimit, 0);
        Assert.Equal(LimiterState.Ready, limiter.Apply(Watts(7)).Reading.State);
    }

    [Fact]
    public void RaplLimiter_MmioOverridesMsr_OneLockedInterfaceIsEnoughToHold()
    {
        var hardware = Intel().FailWrites(Msr + LongLimit, Errno.NoData);
        var limiter = hardware.The("rapl:package-0");
        var outcome = limiter.Apply(Watts(7));
        Assert.Equal((Watts(7), LimiterState.Ready), (outcome.Reading.Effective, outcome.Reading.State));

        // The locked one is not tried with each new cap.
        hardware.Writes.Clear();
        limiter.Apply(Watts(8));
        Assert.DoesNotContain(hardware.Writes, write => write.StartsWith(Msr, StringComparison.Ordinal));
        Assert.Equal(Watts(8), limiter.Read().Effective);
    }

    [Fact]
    public void RaplLimiter_MmioLockedBelowTheCap_EffectiveIsMmio()
    {
        var hardware = Intel().FailWrites(Mmio + LongLimit, Errno.NoData);
        hardware[Mmio + LongLimit] = "5000000";
        var outcome = hardware.The("rapl:package-0").Apply(Watts(9));
        Assert.Equal((Watts(5), LimiterState.Ready), (outcome.Reading.Effective, outcome.Reading.State));
    }

    [Fact]
    public void RaplLimiter_WriteThatSucceedsAndChangesNothing_IsLockedWithTheTrueLimit()
    {
        var hardware = Intel(withMmio: false).Deafen(Msr + LongLimit);
        var outcome = hardware.The("rapl:package-0").Apply(Watts(7));
        Assert.Equal((Watts(10), LimiterState.Locked), (outcome.Reading.Effective, outcome.Reading.State));
        Assert.Contains("no effect on write", outcome.Reading.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void RaplLimiter_QuantisedToAnEighthWatt_AccountsWhatIsReadBack()
    {
        var hardware = Intel(withMmio: false).Quantise(Msr + LongLimit, 125000);
        Assert.Equal(Watts(6), hardware.The("rapl:package-0").Apply(Watts(6.1)).Reading.Effective);
    }

    [Fact]
    public void RaplLimiter_AbsurdOrZeroCap_IsClampedBeforeTheWrite()
    {
        Check.QuickThrowOnFailure(Prop.ForAll((int milliwatts) =>
        {
            var hardware = Intel().Truncate(Msr + LongLimit, 125000, 15).Truncate(Mmio + LongLimit, 125000, 15);
            hardware.The("rapl:package-0").Apply(Limit.Of(Power.FromMilliwatts(milliwatts * 1000L)));
            return hardware.Writes.Where(write => write.Contains("power_limit_uw=", StringComparison.Ordinal))
                .Select(write => long.Parse(write.Split('=')[1], System.Globalization.CultureInfo.InvariantCulture))
                .All(written => written is >= 1_800_000 and <= 10_000_000);
        }));
    }

    [Fact]
    public void RaplLimiter_LongWindow_IsShortenedAndTheSettleTimeIsASecond()
    {
        var hardware = Intel();
        var limiter = hardware.The("rapl:package-0");
        limiter.Apply(Watts(7));
        Assert.Equal("1000000", hardware[Msr + Window]);
        Assert.Equal(TimeSpan.FromSeconds(1), limiter.Info.Settle);
    }

    [Fact]
    public void RaplLimiter_WindowRefused_SettlesInThreeWindowsAndIsNotAskedAgain()
    {
        var hardware = Intel(withMmio: false).FailWrites(Msr + Window, Errno.NoData);
        var limiter = hardware.The("rapl:package-0");
        limiter.Apply(Watts(7));
        limiter.Apply(Watts(8));

        Assert.Equal(3 * 27.983872, limiter.Info.Settle.TotalSeconds, 6);
        Assert.Equal(LimiterState.Ready, limiter.Read().State);
        Assert.Single(hardware.Writes, write => write.StartsWith(Msr + Window, StringComparison.Ordinal));
    }

    [Fact]
    public void RaplLimiter_ConstraintTwoWithoutWindowAndNoMaxPower_AreAbsentNotZero()
    {
        var hardware = Intel(withMmio: false).FailReads(Msr + "/constraint_0_max_power_uw", Errno.NoData);
        var reading = hardware.The("rapl:package-0").Read();
        Assert.Equal((Watts(3), Watts(10)), (reading.Least, reading.Most));

        hardware[Msr + "/constraint_0_max_power_uw"] = "0";
        hardware.FailReads(Msr + "/constraint_0_max_power_uw", 0);
        Assert.Equal(Watts(3), hardware.The("rapl:package-0").Read().Least);
    }

    [Fact]
    public void RaplLimiter_FirmwareThatLeftTheLimitUnset_HasASaneLeast()
    {
        var hardware = Intel(withMmio: false);
        hardware[Msr + LongLimit] = "4090000000";
        hardware[Msr + "/constraint_0_max_power_uw"] = "0";
        Assert.Equal(Watts(5), hardware.The("rapl:package-0").Read().Least);
    }

    [Fact]
    public void RaplLimiter_LimitsInAnotherOrder_AreFoundByName()
    {
        var hardware = Intel(withMmio: false);
        (hardware[Msr + "/constraint_0_name"], hardware[Msr + "/constraint_2_name"]) = ("peak_power", "long_term");
        hardware.The("rapl:package-0").Apply(Watts(40));
        Assert.Equal(("10000000", "40000000"), (hardware[Msr + LongLimit], hardware[Msr + "/constraint_2_power_limit_uw"]));
    }

    [Fact]
    public void RaplLimiter_VendorFloorAboveTheCap_IsLearned()
    {
        var hardware = Intel(withMmio: false).Floor(Msr + LongLimit, 5_000_000);
        var limiter = hardware.The("rapl:package-0");
        var reading = limiter.Apply(Watts(2)).Reading;
        Assert.Equal((Watts(5), Watts(5), LimiterState.Ready), (reading.Effective, reading.Least, reading.State));
        limiter.Apply(Watts(2));
        hardware.Writes.Clear();
        Assert.False(limiter.Apply(Watts(2)).WasWritten);
        Assert.Empty(hardware.Writes);
    }

    [Fact]
    public void Apply_OnADisabledZone_SetsTheLimitBeforeItEnables()
    {
        var hardware = Intel(withMmio: false);
        hardware[Msr + "/enabled"] = "0";
        hardware[Msr + LongLimit] = "0";
        hardware.The("rapl:package-0").Apply(Watts(5));
        Assert.Equal("1", hardware[Msr + "/enabled"]);
        Assert.EndsWith("/enabled=1", hardware.Writes[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_EnableRefused_IsLocked()
    {
        var hardware = Intel(withMmio: false).FailWrites(Msr + "/enabled", Errno.NotImplemented);
        hardware[Msr + "/enabled"] = "0";
        var reading = hardware.The("rapl:package-0").Apply(Watts(5)).Reading;
        Assert.Equal((LimiterState.Locked, default), (reading.State, reading.Effective));
        Assert.StartsWith(Msr + "/enabled: ENOSYS on write", reading.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_Nothing_RestoresAllAsItWasWithTheEnableBitFirst()
    {
        var hardware = Intel();
        hardware[Mmio + "/enabled"] = "0";
        hardware[Mmio + LongLimit] = "0";
        var before = hardware.Snapshot();
        var limiter = hardware.The("rapl:package-0");
        limiter.Apply(Watts(5));
        Assert.NotEqual(before, hardware.Snapshot());

        hardware.Writes.Clear();
        var outcome = limiter.Apply(default);
        Assert.Equal(before, hardware.Snapshot());
        Assert.Equal((LimiterState.Ready, true), (outcome.Reading.State, outcome.WasWritten));
        Assert.StartsWith(Mmio + "/enabled=0", hardware.Writes.First(write => write.StartsWith(Mmio, StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.False(limiter.Apply(default).WasWritten);
    }

    [Theory]
    [InlineData(Errno.Access, LimiterState.Denied, "run it as root")]
    [InlineData(Errno.ReadOnlyFileSystem, LimiterState.Denied, "mounted read-only")]
    [InlineData(Errno.NoDevice, LimiterState.Gone, "not there any more")]
    [InlineData(Errno.InputOutput, LimiterState.Faulted, "the driver failed")]
    public void Apply_WriteThatFails_SaysWhatItMeans(int errno, object state, string meaning)
    {
        var reading = Intel(withMmio: false).FailWrites(Msr + LongLimit, errno).The("rapl:package-0").Apply(Watts(7)).Reading;
        Assert.Equal(state, reading.State);
        Assert.Contains(Errno.Name(errno), reading.Detail, StringComparison.Ordinal);
        Assert.Contains(meaning, reading.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_WithoutPermission_IsDeniedBeforeAnyWrite()
    {
        var hardware = Intel(withMmio: false).FailWrites(Msr + LongLimit, Errno.Access);
        var limiter = hardware.The("rapl:package-0");
        Assert.Equal(LimiterState.Denied, limiter.Read().State);
        Assert.Empty(hardware.Writes);
        hardware.FailWrites(Msr + LongLimit, 0);
        Assert.Equal(LimiterState.Ready, limiter.Read().State);
    }

    [Fact]
    public void Read_DriverUnloaded_IsGone()
    {
        var hardware = Intel();
        var limiter = hardware.The("rapl:package-0");
        hardware.Remove("/sys/class/powercap");
        Assert.Equal(LimiterState.Gone, limiter.Read().State);
        Assert.Equal(LimiterState.Gone, limiter.Apply(Watts(7)).Reading.State);
        Assert.Empty(hardware.Writes);
    }

    [Fact]
    public void RaplLimiter_RewrittenHigherByFirmware_IsAssertedAgain()
    {
        var hardware = Intel(withMmio: false);
        var limiter = hardware.The("rapl:package-0");
        limiter.Apply(Watts(7));
        hardware[Msr + LongLimit] = "15000000";
        Assert.Equal(Watts(15), limiter.Read().Effective);
        Assert.True(limiter.Apply(Watts(7)).WasWritten);
        Assert.Equal(Watts(7), limiter.Read().Effective);
    }

    [Fact]
    public void RaplLimiter_LoweredByAThermalDaemon_IsLeftLow()
    {
        var hardware = Intel(withMmio: false);
        var limiter = hardware.The("rapl:package-0");
        limiter.Apply(Watts(7));
        hardware[Msr + LongLimit] = "5000000";
        var outcome = limiter.Apply(Watts(7));
        Assert.Equal((false, Watts(5)), (outcome.WasWritten, outcome.Reading.Effective));
    }

    [Fact]
    public void Apply_AClock_IsABug() => Assert.Throws<ArgumentException>(() => Intel().The("rapl:package-0").Apply(Megahertz(1000)));

    [Fact]
    public void Read_DriverThatComesBackAfterARefusedWrite_IsReadyAgain()
    {
        var hardware = Intel(withMmio: false).FailWrites(Msr + LongLimit, Errno.NoDevice);
        var limiter = hardware.The("rapl:package-0");
        Assert.Equal(LimiterState.Gone, limiter.Apply(Watts(7)).Reading.State);
        hardware.FailWrites(Msr + LongLimit, 0);
        Assert.Equal(LimiterState.Ready, limiter.Read().State);
    }

    [Fact]
    public void Apply_WhateverFirmwareMakesOfIt_AccountsTheTruthInsideTheRange() => Check.QuickThrowOnFailure(Prop.ForAll((NonEmptyArray<byte> script) =>
    {
        var hardware = Intel();
        var journal = OriginalsJournal.Open("/state", "b", new FakeStateFiles());
        var limiter = hardware.Limiters(journal)[0];
        journal.Record(limiter.Originals());
        foreach (var turn in script.Get)
        {
            var zone = Zones[turn & 1];
            var amount = 1 + (turn >> 4);
            switch ((turn >> 1) & 7)
            {
                case 0: hardware.Deafen(zone + LongLimit); break;
                case 1: hardware.Quantise(zone + LongLimit, 125_000); break;
                case 2: hardware.Floor(zone + LongLimit, amount * 1_000_000L); break;
                case 3: hardware.FailWrites(zone + LongLimit, Errno.NoData); break;
                case 4: hardware.FailWrites(zone + LongLimit, 0).Drive(zone + LongLimit, static (_, asked) => asked); break;
                case 5: hardware[zone + LongLimit] = $"{amount}500000"; break;
                case 6: hardware[zone + "/enabled"] = hardware[zone + "/enabled"] == "1" ? "0" : "1"; break;
            }
            hardware.Writes.Clear();
            var reading = limiter.Apply(Watts(amount)).Reading;
            var truth = Zones.Where(z => hardware[z + "/enabled"] == "1").Select(z => (long?)Number(hardware[z + LongLimit])).Min();
            if (reading.Effective.Power?.Microwatts != truth)
                return false;
            if (hardware.Writes.Any(write => write.Contains("power_limit_uw=", StringComparison.Ordinal) && Number(write.Split('=')[1]) is < 1_800_000 or > 16_500_000))
                return false;
            // What is above the wish is never called ready, but for a floor of firmware that is accounted.
            if (truth > 1_000_000L * Math.Max(amount, 2) + 1_000_000 && reading.State == LimiterState.Ready && reading.Least.Power?.Microwatts < truth - 1_000_000)
                return false;
        }
        return true;
    }));

    private static long Number(string text) => long.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}

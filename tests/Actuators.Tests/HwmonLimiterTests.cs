using Homelab.Units;
using static Homelab.NodeAgent.Actuators.Machines;

namespace Homelab.NodeAgent.Actuators;

public sealed class AcpiMeterLimiterTests
{
    private const string Chip = "/sys/class/hwmon/hwmon0";

    private static FakeHardware Meter(string folder = Chip) => new FakeHardware().With(Chip + "/name", "power_meter")
        .With(folder + "/power1_average_interval", "1000").With(folder + "/power1_cap", "200000000")
        .With(folder + "/power1_cap_min", "50000000").With(folder + "/power1_cap_max", "250000000");

    [Theory]
    [InlineData(Chip)]
    [InlineData(Chip + "/device")]
    public void Apply_WhereverTheDriverKeepsItsFiles_WritesTheCap(string folder)
    {
        var hardware = Meter(folder);
        var limiter = Assert.Single(hardware.Limiters());
        Assert.Equal(("acpi-meter:power1", LimiterDomain.Machine), (limiter.Info.Name, limiter.Info.Domain));
        Assert.Equal(Watts(120), limiter.Apply(Watts(120)).Reading.Effective);
        Assert.Equal("120000000", hardware[folder + "/power1_cap"]);
        limiter.Apply(default);
        Assert.Equal("200000000", hardware[folder + "/power1_cap"]);
    }

    [Fact]
    public void Discover_KernelThatKeepsEvenTheNameOnTheDevice_FindsTheMeter()
    {
        var hardware = Meter(Chip + "/device").With(Chip + "/device/name", "power_meter");
        hardware.Remove(Chip + "/name");
        Assert.Single(hardware.Limiters());
    }

    [Fact]
    public void Discover_MeterThatOnlyMeasures_FindsNothing() =>
        Assert.Empty(new FakeHardware().With(Chip + "/name", "power_meter").With(Chip + "/power1_average", "1000000").Limiters());

    [Fact]
    public void AcpiMeterLimiter_RangeChangesAtRunTime_IsReadAgainBeforeEachWrite()
    {
        var hardware = Meter();
        var limiter = hardware.Limiters()[0];
        Assert.Equal(Watts(50), limiter.Apply(Watts(20)).Reading.Effective);
        hardware[Chip + "/power1_cap_min"] = "80000000";
        var reading = limiter.Apply(Watts(20)).Reading;
        Assert.Equal((Watts(80), Watts(80)), (reading.Effective, reading.Least));
        hardware[Chip + "/power1_cap_max"] = "150000000";
        Assert.Equal(Watts(150), limiter.Apply(Watts(400)).Reading.Effective);
    }

    [Fact]
    public void AcpiMeterLimiter_RangeMovesBetweenLookAndWrite_IsTriedOnceMore()
    {
        var hardware = Meter();
        var least = 50_000_000L;
        hardware.Range(Chip + "/power1_cap", () => (least, 250_000_000));
        var limiter = hardware.Limiters()[0];
        limiter.Apply(Watts(100));
        hardware.Drive(Chip + "/power1_cap", (_, asked) =>
        {
            // The first write finds the range moved; what is read from then on says so.
            least = 80_000_000;
            hardware[Chip + "/power1_cap_min"] = "80000000";
            return long.Parse(asked, System.Globalization.CultureInfo.InvariantCulture) >= least ? asked : null;
        });
        var reading = limiter.Apply(Watts(60)).Reading;
        Assert.Equal((Watts(80), LimiterState.Ready), (reading.Effective, reading.State));
    }

    [Theory]
    [InlineData("300000000", "250000000")]
    [InlineData("garbage", "-5")]
    public void Apply_RangeThatMakesNoSense_WritesNothing(string least, string most)
    {
        var hardware = Meter();
        (hardware[Chip + "/power1_cap_min"], hardware[Chip + "/power1_cap_max"], hardware[Chip + "/power1_cap"]) = (least, most, most == "-5" ? "0" : "1");
        var outcome = hardware.Limiters()[0].Apply(Watts(100));
        Assert.Empty(hardware.Writes);
        Assert.Equal((LimiterState.Faulted, false), (outcome.Reading.State, outcome.WasWritten));
        Assert.Contains("its range reads", outcome.Reading.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_CapOfZero_IsNoLimit()
    {
        var hardware = Meter();
        hardware[Chip + "/power1_cap"] = "0";
        Assert.Equal(default, hardware.Limiters()[0].Read().Effective);
    }

    [Fact]
    public void Discover_TwoMeters_HaveNamesOfTheirOwn()
    {
        var hardware = Meter().With("/sys/class/hwmon/hwmon1/name", "power_meter").With("/sys/class/hwmon/hwmon1/power1_cap", "1");
        Assert.Equal(["acpi-meter:power1", "acpi-meter:power1#2"], hardware.Limiters().Select(limiter => limiter.Info.Name));
    }

    [Fact]
    public void Apply_Clock_IsABug() => Assert.Throws<ArgumentException>(() => Meter().Limiters()[0].Apply(Megahertz(1)));
}

public sealed class AmdgpuLimiterTests
{
    private const string Chip = "/sys/class/hwmon/hwmon2";
    private const string Cap = Chip + "/power1_cap";
    private const string Draw = Chip + "/power1_average";
    private const string Clocks = Chip + "/device/power_dpm_force_performance_level";

    private static FakeHardware Card(string draw = "60000000") => new FakeHardware().With(Chip + "/name", "amdgpu")
        .With(Cap, "255000000").With(Chip + "/power1_cap_min", "0").With(Chip + "/power1_cap_max", "272000000")
        .With(Draw, draw).With(Clocks, "auto").With(Chip + "/device/power/runtime_status", "active");

    [Fact]
    public void Apply_AboveTheDraw_WritesWholeWattsAndLeavesTheClocks()
    {
        var hardware = Card();
        Assert.Equal(Watts(150), hardware.Limiters()[0].Apply(Watts(150.9)).Reading.Effective);
        Assert.Equal([$"{Cap}=150000000"], hardware.Writes);
    }

    [Fact]
    public void Apply_WithAnUnknownLeast_StaysAboveAShareOfTheMost() =>
        Assert.Equal(Watts(82), Card().Limiters()[0].Apply(Watts(1)).Reading.Effective);

    [Fact]
    public void AmdgpuLimiter_CapBelowThePresentDraw_LowersClocksThenCapsThenReleases()
    {
        var hardware = Card(draw: "230000000");
        var isEnforced = true;
        // Firmware drops its limit when the new one is below the draw: it reads back and does not hold.
        hardware.AfterWrite(Cap, () => isEnforced = Number(hardware[Cap]) >= Number(hardware[Draw]));
        hardware.AfterWrite(Clocks, () => hardware[Draw] = hardware[Clocks] == "low" ? "40000000" : isEnforced ? hardware[Cap] : "230000000");
        var limiter = hardware.Limiters()[0];

        limiter.Apply(Watts(120));
        Assert.Equal([$"{Clocks}=low", $"{Cap}=120000000"], hardware.Writes);
        limiter.Read();
        Assert.Equal([$"{Cap}=120000000", $"{Clocks}=auto"], hardware.Writes[^2..]);
        Assert.True(isEnforced);
        Assert.Equal("120000000", hardware[Draw]);
        hardware.Writes.Clear();
        Assert.False(limiter.Apply(Watts(120)).WasWritten);
        Assert.Empty(hardware.Writes);
    }

    [Fact]
    public void AmdgpuLimiter_DrawStaysHigh_KeepsTheLowClocks()
    {
        var hardware = Card(draw: "230000000");
        var limiter = hardware.Limiters()[0];
        limiter.Apply(Watts(120));
        hardware.Writes.Clear();
        for (var look = 0; look < 50; look++)
            limiter.Read();
        Assert.Empty(hardware.Writes);
        Assert.Equal("low", hardware[Clocks]);
    }

    [Fact]
    public void AmdgpuLimiter_DrewAboveItsCapForTwoSeconds_IsSteppedDownByTheNextApply()
    {
        var hardware = Card();
        var limiter = hardware.Limiters()[0];
        limiter.Apply(Watts(120));
        hardware[Draw] = "200000000";
        for (var look = 0; look < 20; look++)
        {
            Assert.False(limiter.Apply(Watts(120)).WasWritten);
            limiter.Read();
        }
        Assert.True(limiter.Apply(Watts(120)).WasWritten);
        Assert.Equal("low", hardware[Clocks]);
        hardware[Draw] = "40000000";
        limiter.Read();
        Assert.Equal(("auto", $"{Cap}=120000000"), (hardware[Clocks], hardware.Writes[^2]));
    }

    [Fact]
    public void Apply_ClocksThatAPersonHasSet_AreLeftAlone()
    {
        var hardware = Card(draw: "230000000");
        hardware[Clocks] = "manual";
        hardware.Limiters()[0].Apply(Watts(120));
        Assert.Equal([$"{Cap}=120000000"], hardware.Writes);
    }

    [Fact]
    public void Apply_ClocksRefused_StillCaps()
    {
        var hardware = Card(draw: "230000000").FailWrites(Clocks, Errno.Invalid);
        var reading = hardware.Limiters()[0].Apply(Watts(120)).Reading;
        Assert.Equal((Watts(120), LimiterState.Ready), (reading.Effective, reading.State));
    }

    [Fact]
    public void Apply_AfterAKillAtLowClocks_LetsThemGoOnceTheDrawIsDown()
    {
        var hardware = Card(draw: "230000000");
        var journal = OriginalsJournal.Open("/state", "b", new FakeStateFiles());
        journal.Record(hardware.Limiters(journal)[0].Originals());
        hardware.Limiters(journal)[0].Apply(Watts(120));
        hardware[Draw] = "40000000";

        var limiter = hardware.Limiters(journal)[0];
        limiter.Read();
        Assert.Equal("low", hardware[Clocks]);
        limiter.Apply(Watts(120));
        limiter.Read();
        Assert.Equal("auto", hardware[Clocks]);
    }

    [Fact]
    public void Apply_Nothing_RestoresCapAndClocks()
    {
        var hardware = Card(draw: "230000000");
        var before = hardware.Snapshot();
        var limiter = hardware.Limiters()[0];
        limiter.Apply(Watts(120));
        limiter.Apply(default);
        Assert.Equal(before, hardware.Snapshot());
    }

    [Fact]
    public void AmdgpuLimiter_CardAsleep_IsNeitherReadNorWritten()
    {
        var hardware = Card();
        var limiter = hardware.Limiters()[0];
        var awake = limiter.Read();
        hardware[Chip + "/device/power/runtime_status"] = "suspended";
        hardware.FailReads(Cap, Errno.NotPermitted);
        Assert.Equal(awake, limiter.Read());
        Assert.Equal((false, true), (limiter.Apply(Watts(120)).WasWritten, limiter.Apply(Watts(120)).IsDeferred));
        Assert.Empty(limiter.Originals());
        Assert.Empty(hardware.Writes);

        var never = hardware.Limiters()[0].Read();
        Assert.Equal(LimiterState.Faulted, never.State);
        Assert.Contains("sleeps", never.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_OnAnApu_HoldsBothOfItsLimits()
    {
        var hardware = new FakeHardware().With(Chip + "/name", "amdgpu").With(Chip + "/power1_label", "slowPPT").With(Chip + "/power2_label", "fastPPT")
            .With(Cap, "15000000").With(Chip + "/power2_cap", "15000000");
        var limiter = hardware.Limiters()[0];
        Assert.Equal(LimiterDomain.Processor, limiter.Info.Domain);
        limiter.Apply(Watts(8));
        Assert.Equal(("8000000", "8000000"), (hardware[Cap], hardware[Chip + "/power2_cap"]));
        Assert.Equal((Watts(5), Watts(15)), (limiter.Read().Least, limiter.Read().Most));
    }

    private static long Number(string text) => long.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}

public sealed class IntelGpuLimiterTests
{
    private const string Chip = "/sys/class/hwmon/hwmon1";

    private static FakeHardware Card(string driver = "xe", int channel = 1) => new FakeHardware().With(Chip + "/name", driver)
        .With($"{Chip}/power{channel}_max", "0").With($"{Chip}/power{channel}_rated_max", "190000000").With($"{Chip}/power{channel}_max_interval", "28000")
        .With(Chip + "/power1_cap", "300000000");

    [Theory]
    [InlineData("xe", 1)]
    [InlineData("xe", 2)]
    [InlineData("i915", 1)]
    public void Apply_SustainedLimit_IsWrittenAndTheBurstLimitIsNot(string driver, int channel)
    {
        var hardware = Card(driver, channel);
        var limiter = Assert.Single(hardware.Limiters());
        Assert.Equal((driver, LimiterDomain.Graphics), (limiter.Info.Family, limiter.Info.Domain));
        Assert.Equal(Watts(100), limiter.Apply(Watts(100)).Reading.Effective);
        Assert.Equal(("100000000", "1000", "300000000"), (hardware[$"{Chip}/power{channel}_max"], hardware[$"{Chip}/power{channel}_max_interval"], hardware[Chip + "/power1_cap"]));
    }

    [Fact]
    public void IntelGpuLimiter_CardAsleep_IsNeitherReadNorWritten()
    {
        var hardware = Card();
        var limiter = hardware.Limiters()[0];
        var awake = limiter.Read();
        hardware.With(Chip + "/device/power/runtime_status", "suspended");
        hardware.FailReads(Chip + "/power1_max", Errno.NotPermitted);
        Assert.Equal(new LimitOutcome(awake, WasWritten: false, IsDeferred: true), limiter.Apply(Watts(100)));
        Assert.Empty(limiter.Originals());
        Assert.Empty(hardware.Writes);
    }

    [Fact]
    public void Discover_I915GraphicsTile_IsNoCard() => Assert.Empty(Card("i915_gt0").Limiters());

    [Fact]
    public void Apply_ZeroWatts_WritesTheLeastAndNeverZero()
    {
        var hardware = Card();
        Assert.Equal(Watts(57), hardware.Limiters()[0].Apply(Limit.Of(Power.Zero)).Reading.Effective);
        Assert.DoesNotContain(hardware.Writes, write => write.EndsWith("=0", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_DisabledLimit_IsNoLimitAndIsRestoredAsSuch()
    {
        var hardware = Card();
        var before = hardware.Snapshot();
        var limiter = hardware.Limiters()[0];
        Assert.Equal(default, limiter.Read().Effective);
        limiter.Apply(Watts(100));
        limiter.Apply(default);
        Assert.Equal(before, hardware.Snapshot());
    }

    [Fact]
    public void Apply_LimitSwitchedOffByAnother_IsSetAgain()
    {
        var hardware = Card();
        var limiter = hardware.Limiters()[0];
        limiter.Apply(Watts(100));
        hardware[Chip + "/power1_max"] = "0";
        Assert.True(limiter.Apply(Watts(100)).WasWritten);
        Assert.Equal("100000000", hardware[Chip + "/power1_max"]);
    }

    [Fact]
    public void Apply_NoRatedPowerAndNoLimit_WritesNothing()
    {
        var hardware = Card();
        hardware[Chip + "/power1_rated_max"] = "0";
        Assert.Equal(LimiterState.Faulted, hardware.Limiters()[0].Apply(Watts(100)).Reading.State);
        Assert.Empty(hardware.Writes);
    }

    [Fact]
    public void Apply_IntervalRefused_SettlesInThreeOfThem()
    {
        var hardware = Card().FailWrites(Chip + "/power1_max_interval", Errno.NotSupported);
        var limiter = hardware.Limiters()[0];
        limiter.Apply(Watts(100));
        Assert.Equal(TimeSpan.FromSeconds(84), limiter.Info.Settle);
        Assert.Equal(LimiterState.Ready, limiter.Read().State);
    }

    [Fact]
    public void Apply_CardPulled_IsGone()
    {
        var hardware = Card();
        var limiter = hardware.Limiters()[0];
        hardware.Remove(Chip);
        Assert.Equal(LimiterState.Gone, limiter.Apply(Watts(100)).Reading.State);
    }
}

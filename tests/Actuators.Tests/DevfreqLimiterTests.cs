using static Homelab.NodeAgent.Actuators.Machines;

namespace Homelab.NodeAgent.Actuators;

public sealed class DevfreqLimiterTests
{
    private const string ClassPath = "/sys/class/devfreq";

    private static FakeHardware Board() => Device(Device(Device(Device(new FakeHardware(),
        "fb000000.gpu", "1000000000 300000000 600000000"), "fdab0000.npu", "300000000 1000000000"), "dmc", "528000000 2112000000"), "1d84000.ufs", "50000000 200000000");

    private static FakeHardware Device(FakeHardware hardware, string name, string points) => hardware
        .With($"{ClassPath}/{name}/available_frequencies", points).With($"{ClassPath}/{name}/max_freq", name == "dmc" ? "2112000000" : "1000000000");

    [Fact]
    public void Discover_Rk3588_FindsGpuNpuAndMemoryBusAndNoDisk() => Assert.Equal(
        [("devfreq:dmc", LimiterDomain.Device), ("devfreq:fb000000.gpu", LimiterDomain.Graphics), ("devfreq:fdab0000.npu", LimiterDomain.Device)],
        Board().Limiters().Select(limiter => (limiter.Info.Name, limiter.Info.Domain)));

    [Theory]
    [InlineData(700, "600000000")]
    [InlineData(100, "300000000")]
    [InlineData(long.MaxValue / 1000, "1000000000")]
    public void Apply_AnyClock_TakesTheOperatingPointBelowAndNeverZero(long megahertz, string written)
    {
        var hardware = Board();
        hardware.The("devfreq:fb000000.gpu").Apply(Megahertz(megahertz));
        Assert.Equal(written, hardware[ClassPath + "/fb000000.gpu/max_freq"]);
    }

    [Fact]
    public void DevfreqLimiter_OppThatLies_IsAccountedAsReadBack()
    {
        // A thousand asked, 850 held: a chip of a lower bin.
        var hardware = Board().Floor(ClassPath + "/fb000000.gpu/max_freq", 0).View(ClassPath + "/fb000000.gpu/max_freq", static held => held == "600000000" ? "550000000" : held);
        var limiter = hardware.The("devfreq:fb000000.gpu");
        Assert.Equal(Megahertz(550), limiter.Apply(Megahertz(600)).Reading.Effective);
        Assert.False(limiter.Apply(Megahertz(600)).WasWritten);
    }

    [Fact]
    public void Apply_AboveTheRecordedCeiling_StaysThere()
    {
        var hardware = Board();
        hardware[ClassPath + "/fb000000.gpu/max_freq"] = "600000000";
        var journal = OriginalsJournal.Open("/state", "b", new FakeStateFiles());
        var limiter = hardware.Limiters(journal).Single(limiter => limiter.Info.Name == "devfreq:fb000000.gpu");
        journal.Record(limiter.Originals());
        limiter.Apply(Megahertz(300));
        Assert.Equal((Megahertz(600), Megahertz(600)), (limiter.Apply(Megahertz(1000)).Reading.Effective, limiter.Read().Most));
    }

    [Fact]
    public void Apply_Nothing_RestoresTheCeiling()
    {
        var hardware = Board();
        var before = hardware.Snapshot();
        foreach (var limiter in hardware.Limiters())
        {
            limiter.Apply(Megahertz(1));
            Assert.True(limiter.Apply(default).WasWritten);
        }
        Assert.Equal(before, hardware.Snapshot());
    }

    [Fact]
    public void Read_DriverUnloaded_IsGone()
    {
        var hardware = Board();
        var limiter = hardware.The("devfreq:dmc");
        hardware.Remove(ClassPath);
        Assert.Equal(LimiterState.Gone, limiter.Read().State);
    }

    [Fact]
    public void Apply_Watts_IsABug() => Assert.Throws<ArgumentException>(() => Board().The("devfreq:dmc").Apply(Watts(5)));
}

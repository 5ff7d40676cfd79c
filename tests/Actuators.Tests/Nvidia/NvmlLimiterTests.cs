using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Actuators.Nvidia;

public sealed class NvmlLimiterTests : IDisposable
{
    private const string First = "0000:01:00.0";
    private const string Second = "0000:41:00.0";
    private const string Uuid = "GPU-00000000-1111-2222-3333-444444444444";

    private readonly FixtureHost _host = FixtureHost.Of();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Read_RecordedCard_SaysLimitAndRange()
    {
        FakeNvml.In(_host, First);

        var limiter = Assert.Single(NvmlLimiter.Discover(_host.Root));

        Assert.Equal(("nvml:" + Uuid, "nvml", LimiterKind.Watts, LimiterDomain.Graphics), (limiter.Info.Name, limiter.Info.Family, limiter.Info.Kind, limiter.Info.Domain));
        Assert.Equal(new LimitReading(Watts(320), Watts(150), Watts(400), LimiterState.Ready, ""), limiter.Read());
    }

    [Fact]
    public void Info_PowerIsAMeanOverASecond_SettleAllowsForIt()
    {
        FakeNvml.In(_host, First);

        // 4 s of the hardware, and 1 s that the reading lags behind.
        Assert.Equal(TimeSpan.FromSeconds(5), NvmlLimiter.Discover(_host.Root)[0].Info.Settle);
    }

    [Fact]
    public void Read_AnotherLimiterIsLower_CountsThatOne()
    {
        FakeNvml.In(_host, First).Say("0.enforced 250000");

        Assert.Equal(Watts(250), NvmlLimiter.Discover(_host.Root)[0].Read().Effective);
    }

    [Fact]
    public void Apply_InsideTheRange_WritesAndReadsBack()
    {
        var fake = FakeNvml.In(_host, First);
        var limiter = Ready();

        var outcome = limiter.Apply(Watts(200));

        Assert.True(outcome.WasWritten);
        Assert.Equal(Watts(200), outcome.Reading.Effective);
        Assert.Equal("200000", fake.Value("0.limit"));
    }

    [Fact]
    public void Apply_SameLimitAgain_WritesNothing()
    {
        var fake = FakeNvml.In(_host, First);
        var limiter = Ready();
        limiter.Apply(Watts(200));
        fake.ForgetCalls();

        Assert.False(limiter.Apply(Watts(200)).WasWritten);
        Assert.DoesNotContain(fake.Calls, static call => call.StartsWith("0.set", StringComparison.Ordinal) || call is "0.lock" or "0.unlock");
    }

    [Fact]
    public void Apply_AboveTheMost_IsClamped()
    {
        FakeNvml.In(_host, First);

        Assert.Equal(Watts(400), Ready().Apply(Watts(900)).Reading.Effective);
    }

    [Fact]
    public void Apply_BelowTheLeast_LocksClocksAndAccountsTheLeast()
    {
        var fake = FakeNvml.In(_host, First);

        var outcome = Ready().Apply(Watts(100));

        Assert.Equal((Watts(150), LimiterState.Ready), (outcome.Reading.Effective, outcome.Reading.State));
        Assert.Equal("150000", fake.Value("0.limit"));
        // 3165 MHz × 100 W of the usual 320.
        Assert.Equal("989", fake.Value("0.locked"));
    }

    [Fact]
    public void Apply_BackAboveTheLeast_LetsTheClocksGo()
    {
        var fake = FakeNvml.In(_host, First);
        var limiter = Ready();
        limiter.Apply(Watts(100));

        Assert.Equal(Watts(180), limiter.Apply(Watts(180)).Reading.Effective);

        Assert.Equal("0", fake.Value("0.locked"));
    }

    [Fact]
    public void Apply_FirstTimeOfAProcess_LetsGoOfALockThatACrashLeft()
    {
        var fake = FakeNvml.In(_host, First).Say("0.locked 970");

        Ready().Apply(Watts(200));

        Assert.Equal("0", fake.Value("0.locked"));
    }

    [Fact]
    public void Apply_BelowTheLeastWithoutClockLocks_StillAccountsTheLeast()
    {
        FakeNvml.OldIn(_host, First);

        Assert.Equal(Watts(150), Ready().Apply(Watts(40)).Reading.Effective);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(17)]
    public void Apply_NoPermission_IsDeniedAndStaysSo(int code)
    {
        var fake = FakeNvml.In(_host, First).Say($"0.err.set_limit {code}", "0.err.set_persistence 4");
        var limiter = Ready();

        var outcome = limiter.Apply(Watts(200));

        Assert.Equal((LimiterState.Denied, false), (outcome.Reading.State, outcome.WasWritten));
        Assert.Contains("takes root", outcome.Reading.Detail, StringComparison.Ordinal);
        Assert.Equal(Watts(320), outcome.Reading.Effective);
        Assert.Equal(LimiterState.Denied, limiter.Read().State);
        fake.Say("0.err.set_limit 0");
        Assert.Equal(LimiterState.Ready, limiter.Apply(Watts(200)).Reading.State);
    }

    [Theory]
    [InlineData("0.err.set_limit 3")]
    [InlineData("0.err.range 3")]
    [InlineData("0.max 0")]
    public void Apply_LaptopRefusal_IsLocked(string line)
    {
        var fake = FakeNvml.In(_host, First).Say(line);
        var limiter = Ready();

        var outcome = limiter.Apply(Watts(200));

        Assert.Equal((LimiterState.Locked, false), (outcome.Reading.State, outcome.WasWritten));
        Assert.Contains("NVML_ERROR_NOT_SUPPORTED", outcome.Reading.Detail, StringComparison.Ordinal);
        Assert.Contains("laptop", outcome.Reading.Detail, StringComparison.Ordinal);
        Assert.Null(fake.Value("0.locked"));
    }

    [Fact]
    public void Discover_OnlyLaptops_LetsThemGoSoThatTheyMaySleep()
    {
        var fake = FakeNvml.In(_host, First).Say("0.err.range 3");

        Assert.Equal(LimiterState.Locked, Assert.Single(NvmlLimiter.Discover(_host.Root)).Read().State);

        Assert.Contains("shutdown", fake.Calls);
    }

    [Fact]
    public void Read_LimitLostWithTheDriver_ShowsTheDefaultAgain()
    {
        var fake = FakeNvml.In(_host, First);
        var limiter = Ready();
        limiter.Apply(Watts(100));

        // Unloaded and loaded again: limit, lock and persistence are at their defaults.
        fake.Say("0.limit 320000", "0.locked 0", "0.persistence 0");

        Assert.Equal(Watts(320), limiter.Read().Effective);
        Assert.Equal(Watts(150), limiter.Apply(Watts(100)).Reading.Effective);
        Assert.Equal(("989", "1"), (fake.Value("0.locked"), fake.Value("0.persistence")));
    }

    [Fact]
    public void Read_DriverUnloadedUnderUs_IsGoneAndFoundAgain()
    {
        var fake = FakeNvml.In(_host, First);
        var limiter = Ready();
        fake.Say("0.err.all 1");

        Assert.Equal(LimiterState.Gone, limiter.Read().State);

        fake.Say("0.err.all 0");
        Assert.Equal(LimiterState.Ready, limiter.Read().State);
    }

    [Fact]
    public void Apply_FirstTime_KeepsTheDriverLoaded()
    {
        var fake = FakeNvml.In(_host, First);

        Ready().Apply(Watts(200));

        Assert.Equal("1", fake.Value("0.persistence"));
        Assert.True(Index(fake, "0.set_persistence") < Index(fake, "0.set_limit"));
    }

    [Fact]
    public void Apply_PersistenceNotAllowed_LeavesItAlone()
    {
        var fake = FakeNvml.In(_host, First);
        var limiter = NvmlLimiter.Discover(_host.Root, keepsDriverLoaded: false)[0];

        Assert.DoesNotContain(limiter.Originals(), static original => original.Key.EndsWith("persistence-mode", StringComparison.Ordinal));
        limiter.Apply(Watts(200));

        Assert.Equal("0", fake.Value("0.persistence"));
    }

    [Fact]
    public void Apply_RangeMovedMeanwhile_IsReadAnewAndClamped()
    {
        var fake = FakeNvml.In(_host, First);
        var limiter = Ready();
        limiter.Apply(Watts(160));

        fake.Say("0.min 200000", "0.limit 320000");

        Assert.Equal(Watts(200), limiter.Apply(Watts(180)).Reading.Effective);
    }

    [Fact]
    public void Apply_OriginalsNotRecorded_WritesNothing()
    {
        var fake = FakeNvml.In(_host, First);

        var outcome = NvmlLimiter.Discover(_host.Root)[0].Apply(Watts(200));

        Assert.Equal((LimiterState.Faulted, false), (outcome.Reading.State, outcome.WasWritten));
        Assert.Equal("320000", fake.Value("0.limit"));
    }

    [Fact]
    public void Apply_NoLimit_PutsTheOriginalBackEvenAfterACrash()
    {
        FakeNvml.In(_host, First).Say("0.limit 280000");
        Ready().Apply(Watts(200));
        var recorded = new Dictionary<string, string> { [$"nvml:{Uuid}/power-limit"] = "280000" };

        var restarted = NvmlLimiter.Discover(_host.Root, recorded.GetValueOrDefault)[0];

        Assert.Equal(Watts(200), restarted.Read().Effective);
        Assert.Equal(Watts(280), restarted.Apply(default).Reading.Effective);
    }

    [Fact]
    public void Apply_AFrequency_IsNotItsBusiness()
    {
        FakeNvml.In(_host, First);

        Assert.False(Ready().Apply(Limit.Of(new Frequency(1_000_000))).WasWritten);
    }

    [Fact]
    public void Read_SleepingCard_IsNotWokenAndSaysWhatItLastHeld()
    {
        var fake = FakeNvml.In(_host, First);
        var limiter = Ready();
        limiter.Apply(Watts(200));
        _host.Put($"/sys/bus/pci/devices/{First}/power/runtime_status", "suspended\n");
        fake.ForgetCalls();

        Assert.Equal(Watts(200), limiter.Read().Effective);
        Assert.Equal((Watts(200), false), (limiter.Apply(Watts(150)).Reading.Effective, limiter.Apply(Watts(150)).WasWritten));
        Assert.True(limiter.Apply(Watts(150)).IsDeferred);
        Assert.Empty(limiter.Originals());
        Assert.Empty(fake.Calls);

        _host.Put($"/sys/bus/pci/devices/{First}/power/runtime_status", "active\n");
        var awake = limiter.Apply(Watts(150));
        Assert.Equal((Watts(150), false), (awake.Reading.Effective, awake.IsDeferred));
    }

    [Fact]
    public void Discover_SleepingCard_IsLeftOutAndNotWoken()
    {
        var fake = FakeNvml.In(_host, First, Second);
        _host.Put($"/sys/bus/pci/devices/{First}/power/runtime_status", "suspended\n");

        Assert.Single(NvmlLimiter.Discover(_host.Root));

        Assert.DoesNotContain(fake.Calls, static call => call.StartsWith("0.", StringComparison.Ordinal));
    }

    [Fact]
    public void Discover_NoDriver_LoadsNothing()
    {
        var fake = FakeNvml.In(_host);

        Assert.Empty(NvmlLimiter.Discover(_host.Root));
        Assert.Empty(fake.Calls);
    }

    [Fact]
    public void Apply_LostCard_LeavesItsNeighbour()
    {
        var fake = FakeNvml.In(_host, First, Second);
        var limiters = NvmlLimiter.Discover(_host.Root);
        Assert.All(limiters, static limiter => Assert.NotEmpty(limiter.Originals()));
        fake.Say("0.err.all 15");

        Assert.Equal((LimiterState.Gone, false), (limiters[0].Apply(Watts(200)).Reading.State, limiters[0].Apply(Watts(200)).WasWritten));
        Assert.Equal(Watts(200), limiters[1].Apply(Watts(200)).Reading.Effective);
    }

    [Fact]
    public async Task Read_CardThatHangs_LeavesItsNeighbour()
    {
        var fake = FakeNvml.In(_host, First, Second);
        var limiters = NvmlLimiter.Discover(_host.Root);
        fake.Say("0.hang.range 1");
        fake.ForgetCalls();

        var stuck = Task.Run(limiters[0].Read);
        while (!fake.Calls.Contains("0.range"))
            await Task.Yield();
        var other = limiters[1].Read();

        Assert.False(stuck.IsCompleted);
        Assert.Equal(LimiterState.Ready, other.State);
        fake.Say("0.hang.range 0");
        Assert.Equal(LimiterState.Ready, (await stuck).State);
    }

    private static int Index(FakeNvml fake, string call) => fake.Calls.ToList().IndexOf(call);

    private static Limit Watts(double watts) => Limit.Of(Power.FromWatts(watts));

    private IPowerLimiter Ready()
    {
        var limiter = NvmlLimiter.Discover(_host.Root)[0];
        _ = limiter.Originals();
        return limiter;
    }
}

using Homelab.NodeAgent.Sensors.Nvidia;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.Nvidia;

public sealed class NvidiaProcessSourceTests : IDisposable
{
    private const string Card = "0000:01:00.0";
    private const string Device = "nvidia@" + Card;
    private const string Web = "99f3a16ea25b7724cb56a4f0c0df1113ad9474fbf5545bead97fd5c7f61c13f4";
    private const string Job = "fd9d0ea06257a9780827cbc7fd92e3812a54fca26d63e191b73610d5d48b9cbd";

    private readonly FixtureHost _host = FixtureHost.Of(
        ("/proc/2/comm", "kthreadd\n"),
        ("/proc/700/cgroup", $"0::/kubepods.slice/cri-containerd-{Web}.scope\n"),
        ("/proc/701/cgroup", $"0::/kubepods.slice/cri-containerd-{Job}.scope\n"),
        ("/proc/702/cgroup", $"0::/kubepods.slice/cri-containerd-{Job}.scope\n"),
        ("/proc/703/cgroup", "0::/user.slice\n"));
    private readonly NvidiaSource _nvidia = new();
    private readonly NvidiaProcessSource _source;
    private readonly CardUse _use = new();
    private Discovery _cards = Discovery.Of([]);
    private ISensor? _sensor;
    private Reading _first;

    public NvidiaProcessSourceTests() => _source = new NvidiaProcessSource { Nvidia = _nvidia };

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Read_ProcessesOfContainers_CountByWhatTheyUsed()
    {
        var fake = Begin("0.use 700:10:0:0:0", "0.usetime 1000");
        fake.Say("0.use 700:50:10:0:0 701:20:0:0:0 702:5:0:0:0 703:5:0:0:0 0:10:0:0:0 9999:10:0:0:0", "0.usetime 2000");

        Assert.Equal(Reading.Ok(6_000_000), Next());

        Assert.Equal([(Web[..12], 50L), (Job[..12], 25L)], Users());
        Assert.Equal((25, false), (_use.Elsewhere, _use.IsEven));
    }

    [Fact]
    public void Read_SeveralSamplesOfOneProcess_AddUp()
    {
        var fake = Begin("0.use -", "0.usetime 1000");
        fake.Say("0.use 700:50:0:0:0@1500 700:30:0:0:0@1900 701:40:0:0:0@1900");

        Next();

        Assert.Equal([(Web[..12], 80L), (Job[..12], 40L)], Users());
    }

    [Fact]
    public void Read_OnlyVideoEnginesUsed_CountsThem()
    {
        var fake = Begin("0.use -");
        fake.Say("0.use 700:0:0:30:0@1500 701:0:0:0:10@1500");

        Next();

        Assert.Equal([(Web[..12], 30L), (Job[..12], 10L)], Users());
    }

    [Fact]
    public void Read_TheFirstLook_IsNotGivenThePast()
    {
        Begin("0.use 700:90:0:0:0", "0.usetime 1000");

        Assert.Equal(Quality.Unsupported, _first.Quality);
        Assert.Empty(Users());
    }

    [Fact]
    public void Read_NobodyUsedIt_IsAReadingOfNone()
    {
        Begin("0.use -");

        Assert.Equal(Reading.Ok(0), Next());
        Assert.Empty(Users());
    }

    [Theory]
    [InlineData("0.use 700:4294967295:0:0:0@2000 701:40:0:0:0@2000")]
    [InlineData("0.use 700:101:0:0:0@2000 701:40:0:0:0@2000")]
    [InlineData("0.use 700:50:0:300:0@2000 701:40:0:0:0@2000")]
    [InlineData("0.use 700:50:0:0:0@0 701:40:0:0:0@2000")]
    public void Read_SamplesThatCanNotBe_AreLeftOut(string line)
    {
        var fake = Begin("0.use -");
        fake.Say(line);

        Next();

        Assert.Equal([(Job[..12], 40L)], Users());
    }

    [Fact]
    public void Read_ATimestampFarAhead_DoesNotSilenceWhatComesAfter()
    {
        var fake = Begin("0.use 700:1:0:0:0@1000");
        Next();
        fake.Say("0.use 700:50:0:0:0@18446744073709551615");
        Assert.Equal(Quality.Unsupported, Next().Quality);
        fake.Say("0.use 700:50:0:0:0@2000");
        Next();
        fake.Say("0.use 700:50:0:0:0@3000");

        Assert.Equal(Reading.Ok(1_000_000), Next());
        Assert.Equal([(Web[..12], 50L)], Users());
    }

    [Fact]
    public void Read_TheSamplesClockSetBack_IsFoundOut()
    {
        var fake = Begin("0.use 700:1:0:0:0@5000000", "0.util 90");
        Next();
        fake.Say("0.use 700:50:0:0:0@1000");
        for (var i = 0; i < 12; i++)
            Next();
        fake.Say("0.use 700:50:0:0:0@2000");

        Assert.Equal(Reading.Ok(1_000_000), Next());
    }

    [Theory]
    [InlineData("0.err.use 3")]
    [InlineData("0.mig 1")]
    public void Read_NoUseByProcess_CountsThoseThatRunEvenly(string line)
    {
        Begin(line, "0.use 700:90:0:0:0", "0.running 700:1048576:3:0 701:4096:5:0 700:4096:6:1 703:1:7:0");

        Assert.Equal(Reading.Ok(3_000_000), Next());

        Assert.Equal([(Web[..12], 1L), (Job[..12], 1L)], Users());
        Assert.Equal((1, true), (_use.Elsewhere, _use.IsEven));
        Assert.Contains(_source.Discover(_host.Root).Findings, static finding => finding.Kind == FindingKind.Note && finding.Meaning.Contains("evenly", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_WiderEntriesOfSomeDrivers_AreTakenByTheirLength()
    {
        Begin("0.err.use 3", "0.wide 1", "0.running 700:1048576:3:0 701:4096:5:0 702:4096:5:0");

        Next();

        Assert.Equal([(Web[..12], 1L), (Job[..12], 2L)], Users());
    }

    [Fact]
    public void Read_OldDriver_IsAskedByTheOlderName()
    {
        FakeNvml.OldIn(_host, Card).Say("0.err.use 13", "0.running 700:1048576:4294967295:4294967295");
        Find();

        Assert.Equal(Reading.Ok(1_000_000), Next());
        Assert.Equal([(Web[..12], 1L)], Users());
    }

    [Fact]
    public void Read_AThousandProcesses_AreToldAndNoMore()
    {
        var fake = Begin("0.use -");
        fake.Say("0.use " + string.Join(' ', Enumerable.Range(700, 1000).Select(static pid => $"{pid}:1:0:0:0@1000")));
        Assert.Equal(Reading.Ok(1_000_000_000), Next());
        Assert.Equal((3, 997), (Users().Sum(static user => (int)user.Weight), _use.Elsewhere));

        fake.Say("0.use " + string.Join(' ', Enumerable.Range(700, 1001).Select(static pid => $"{pid}:1:0:0:0@2000")));

        Assert.Equal(Quality.Unsupported, Next().Quality);
        Assert.Contains(_source.Discover(_host.Root).Findings, static finding => finding.Meaning.Contains("1000", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_ACardThatSleeps_IsNotAskedAndHasNobody()
    {
        var fake = Begin("0.use 700:90:0:0:0");
        _host.Put($"/sys/bus/pci/devices/{Card}/power/runtime_status", "suspended\n");
        fake.ForgetCalls();

        Assert.Equal(Quality.Asleep, Next().Quality);
        Assert.Empty(fake.Calls);
    }

    [Fact]
    public void Read_ACallThatHangs_IsLateAndNotWaitedFor()
    {
        var fake = Begin("0.use -");
        fake.Say("0.hang.use 1");

        var reading = Next();
        fake.Say("0.hang.use 0");

        Assert.Equal((Quality.Stale, (long?)null), (reading.Quality, reading.Micros));
        var begun = TimeProvider.System.GetTimestamp();
        while (Next().Quality != Quality.Ok)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(10), "did not come back");
            Thread.Yield();
        }
    }

    [Fact]
    public void Read_WithoutALookInBetween_IsLate()
    {
        Begin("0.use -");
        Next();

        Assert.Equal(Quality.Stale, _sensor!.Read().Quality);
    }

    [Fact]
    public void Discover_NobodyAsks_CostsNoCall()
    {
        var fake = FakeNvml.In(_host, Card).Say("0.use 700:90:0:0:0", "0.running 700:1:0:0");
        _cards = _nvidia.Discover(_host.Root);
        Look();
        Look();

        Assert.DoesNotContain(fake.Calls, static call => call is "0.use" or "0.running");
    }

    [Fact]
    public void Discover_AProcThatIsNotTheMachines_SaysWhatToMountAndCountsNobody()
    {
        _host.Put("/proc/2/comm", "sh\n");
        Begin("0.use 700:90:0:0:0@1000");

        Assert.Equal(Quality.Unsupported, Next().Quality);
        Assert.Empty(Users());
        var finding = Assert.Single(_source.Discover(_host.Root).Findings);
        Assert.Equal((FindingKind.Missing, true), (finding.Kind, finding.Fix.Contains("/host/proc", StringComparison.Ordinal)));
    }

    [Fact]
    public void Discover_ProcessesThatProcDoesNotKnow_SaysHostPid()
    {
        var fake = Begin("0.use -");
        fake.Say("0.use 9998:90:0:0:0@1000 9999:5:0:0:0@1000");
        Next();

        Assert.Equal(95, Elsewhere());
        var finding = Assert.Single(_source.Discover(_host.Root).Findings);
        Assert.Equal((FindingKind.Missing, true), (finding.Kind, finding.Fix.Contains("hostPID", StringComparison.Ordinal)));
    }

    [Fact]
    public void Discover_AgentWithNumbersOfItsOwn_NotesWhatMayBeHidden()
    {
        _host.Put("/proc/self/status", "Name:\tagent\nNSpid:\t4711\t1\n");
        Begin("0.use -");

        var finding = Assert.Single(_source.Discover(_host.Root).Findings);

        Assert.Equal((FindingKind.Note, true), (finding.Kind, finding.Meaning.Contains("hostPID", StringComparison.Ordinal)));
    }

    [Fact]
    public void Discover_InstancesRefused_SaysWhichRightIsMissing()
    {
        Begin("0.mig 1", "0.err.running 4");

        Assert.Equal(Quality.Denied, Next().Quality);
        Assert.Equal(FindingKind.Denied, Assert.Single(_source.Discover(_host.Root).Findings).Kind);
    }

    [Fact]
    public void Discover_NoCard_FindsNothingAndHasNothingToMend()
    {
        var found = _source.Discover(_host.Root);

        Assert.Empty(found.Sensors);
        Assert.Equal("", Assert.Single(found.Findings).Fix);
    }

    [Fact]
    public void Read_SteadyState_AllocatesNothing()
    {
        Begin("0.err.use 3", "0.running 700:1048576:3:0 701:4096:5:0 703:4096:5:0");
        for (var warm = 0; warm < 50; warm++)
            Step();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var pass = 0; pass < 10; pass++)
            Step();

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64);
        Assert.Equal([(Web[..12], 1L), (Job[..12], 1L)], Users());

        void Step()
        {
            for (var i = 0; i < _cards.Sensors.Count; i++)
                _ = _cards.Sensors[i].Read();
            _ = _sensor!.Read();
        }
    }

    /// <summary>A card of which these lines are true, found, and with the first look behind it.</summary>
    private FakeNvml Begin(params string[] lines)
    {
        var fake = FakeNvml.In(_host, Card).Say(lines);
        Find();
        return fake;
    }

    private void Find()
    {
        _cards = _nvidia.Discover(_host.Root);
        _sensor = Assert.Single(_source.Discover(_host.Root).Sensors);
        Assert.Equal(Device, _sensor.Info.Device);
        // That of the search.
        Look();
        _first = Next();
    }

    private void Look()
    {
        foreach (var sensor in _cards.Sensors)
            sensor.Read();
    }

    /// <summary>As a pass of the sampling loop does: the cards are looked at, then who used them.</summary>
    private Reading Next()
    {
        Look();
        return _sensor!.Read();
    }

    private List<(string Container, long Weight)> Users()
    {
        _source.Take(Device, _use);
        var users = new List<(string, long)>();
        for (var i = 0; i < _use.Count; i++)
            users.Add((_use.Containers[i], _use.Weights[i]));
        return users;
    }

    private long Elsewhere()
    {
        Users();
        return _use.Elsewhere;
    }
}

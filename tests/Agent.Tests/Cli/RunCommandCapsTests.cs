using Homelab.NodeAgent.Cli;
using Homelab.NodeAgent.Configuration;
using Homelab.NodeAgent.Diagnostics;
using Homelab.NodeAgent.Enforcement;
using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Tests.Uplink;
using Homelab.NodeAgent.V1;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Tests.Cli;

/// <summary>The whole agent but its process: real time, real files, real gRPC.</summary>
public sealed class RunCommandCapsTests : IDisposable
{
    private const string Zone = "/sys/devices/virtual/powercap/intel-rapl/intel-rapl:0/";
    private const string Limit = Zone + "constraint_0_power_limit_uw";

    private readonly FixtureHost _host = FixtureHost.Of(
        ("/sys/class/powercap/intel-rapl:0", "-> ../../devices/virtual/powercap/intel-rapl/intel-rapl:0"),
        (Zone + "name", "package-0\n"),
        (Zone + "enabled", "1\n"),
        (Zone + "constraint_0_name", "long_term\n"),
        (Zone + "constraint_0_power_limit_uw", "45000000\n"),
        (Zone + "constraint_0_max_power_uw", "45000000\n"),
        ("/proc/stat", "cpu  100 0 100 1000 0 0 0 0 0 0\n"));

    private readonly string _folder = Directory.CreateTempSubdirectory("agent-state-").FullName;
    private readonly ListLog _log = new();

    public void Dispose()
    {
        _host.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Run_GrantsOverTheWire_AreHeldAndAnsweredAndUndoneAtTheEnd()
    {
        await using var aggregator = await AggregatorHost.StartAsync();
        aggregator.Grants = report => new Grant
        {
            Epoch = 1,
            Sequence = report.Sequence,
            CapMicrowatts = 30_000_000,
            SafeShareMicrowatts = 25_000_000,
            TimeToLiveMs = 5000,
            BasisMonotonicUs = report.MonotonicUs,
        };
        using var stop = new CancellationTokenSource();
        var running = RunAsync(aggregator.Address, stop.Token);

        await Eventually.TrueAsync(() => Applied(aggregator).Any(a => a is { Lease: LeaseState.Live, HasEffectiveCapMicrowatts: true }));
        var live = Applied(aggregator).Last(a => a.Lease == LeaseState.Live);
        Assert.InRange(live.EffectiveCapMicrowatts, 29_000_000UL, 30_000_000UL);
        Assert.Equal((1UL, 25_000_000UL, ApplyResult.Ok), (live.Epoch, live.SafeShareMicrowatts, live.Result));
        Assert.True(Number() < 30_000_000);
        Assert.Contains(aggregator.Heard, m => m.CapRange is { Enforcing: true });
        Assert.Equal(("rapl:package-0", "watts", true), Named(aggregator.Heard.First().Hello.Limiters.Single()));

        await stop.CancelAsync();
        Assert.Equal(ExitCode.Ok, await running.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal((LeaseState.None, false), (Applied(aggregator).Last().Lease, Applied(aggregator).Last().HasEffectiveCapMicrowatts));
        Assert.Equal("45000000", Read());
    }

    [Fact]
    public async Task Run_TlsFileIsBad_BringsTheNodeDownToItsSafeShareBeforeItFails()
    {
        await LeaveAtAsync(cap: 40, safe: 25);
        Assert.True(Number() > 25_000_000, Read());
        var file = Path.Combine(_folder, "ca.pem");
        await File.WriteAllTextAsync(file, "not a certificate");

        Assert.Equal(ExitCode.Usage, await RunAsync(new Uri("https://localhost:1"), CancellationToken.None, tlsAuthority: file));

        Assert.InRange(Number(), 14_000_000, 25_000_000);
    }

    [Fact]
    public async Task Run_NoAggregatorIsNamed_BringsTheNodeDownToItsSafeShareBeforeItFails()
    {
        await LeaveAtAsync(cap: 40, safe: 25);

        Assert.Equal(ExitCode.Usage, await RunAsync(null, CancellationToken.None));

        Assert.InRange(Number(), 14_000_000, 25_000_000);
    }

    /// <summary>As an agent does that is killed.</summary>
    private async Task LeaveAtAsync(double cap, double safe)
    {
        var clock = new MonotonicClock(new ManualClock());
        using var killed = CapControl.Open(new AgentOptions { Enforces = true, StatePath = _folder }, _host.Root, Some.Model, new SnapshotStore(), clock, _log);
        await killed.Loop!.LookAroundAsync();
        killed.Board.Offer(Enforcement.Caps.Offer(1, 1, cap, TimeSpan.Zero, safe));
        await killed.Loop.StepAsync();
    }

    private async Task<int> RunAsync(Uri? address, CancellationToken stop, string tlsAuthority = "")
    {
        var options = new AgentOptions
        {
            Node = Homelab.Units.NodeName.Parse("n1"),
            Aggregators = address is null ? [] : [address],
            TlsAuthority = tlsAuthority,
            HostRoot = _host.Path,
            Enforces = true,
            StatePath = _folder,
            SampleInterval = TimeSpan.FromMilliseconds(100),
            SendInterval = TimeSpan.FromMilliseconds(100),
        };
        var clock = new MonotonicClock(TimeProvider.System);
        using var notifier = new SystemdNotifier(new Dictionary<string, string>(), 1, clock, _log);
        var config = new AgentConfig(options, [], new Dictionary<string, Origin>(), []);
        var parts = new Composition(options, new PosixFiles(), clock, _log);
        return await RunCommand.RunAsync(config, parts, notifier, clock, new Terminal(TextWriter.Null, TextWriter.Null, false, false), _log, stop);
    }

    private static IEnumerable<Applied> Applied(AggregatorHost aggregator) => aggregator.Heard.Where(m => m.Applied is not null).Select(m => m.Applied);

    private static (string Name, string Kind, bool IsAllowed) Named(LimiterDescription limiter) => (limiter.Name, limiter.Kind, limiter.Allowed);

    private long Number() => long.Parse(Read(), System.Globalization.CultureInfo.InvariantCulture);

    private string Read() => File.ReadAllText(_host.Locate(Limit)).Trim();
}

using Homelab.NodeAgent.Cli;
using Homelab.NodeAgent.Configuration;
using Homelab.NodeAgent.Diagnostics;
using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Tests.Enforcement;
using Homelab.NodeAgent.Tests.Uplink;
using Homelab.NodeAgent.V1;

namespace Homelab.NodeAgent.Tests.Cli;

/// <summary>The whole agent but its process: real time, real files, real gRPC.</summary>
public sealed class RunCommandCapsTests : IDisposable
{
    private readonly RaplMachine _machine = new(("/proc/stat", "cpu  100 0 100 1000 0 0 0 0 0 0\n"));

    public void Dispose() => _machine.Dispose();

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
        Assert.True(_machine.Held < 30_000_000);
        Assert.Contains(aggregator.Heard, m => m.CapRange is { Enforcing: true });
        Assert.Equal(("rapl:package-0", "watts", true), Named(aggregator.Heard.First().Hello.Limiters.Single()));

        await stop.CancelAsync();
        Assert.Equal(ExitCode.Ok, await running.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal((LeaseState.None, false), (Applied(aggregator).Last().Lease, Applied(aggregator).Last().HasEffectiveCapMicrowatts));
        Assert.Equal(45_000_000, _machine.Held);
    }

    [Fact]
    public async Task Run_TlsFileIsBad_BringsTheNodeDownToItsSafeShareBeforeItFails()
    {
        await LeaveAtAsync(cap: 40, safe: 25);
        Assert.True(_machine.Held > 25_000_000, $"{_machine.Held}");
        var file = Path.Combine(_machine.State, "ca.pem");
        await File.WriteAllTextAsync(file, "not a certificate");

        Assert.Equal(ExitCode.Usage, await RunAsync(new Uri("https://localhost:1"), CancellationToken.None, tlsAuthority: file));

        Assert.InRange(_machine.Held, 14_000_000, 25_000_000);
    }

    [Fact]
    public async Task Run_NoAggregatorIsNamed_BringsTheNodeDownToItsSafeShareBeforeItFails()
    {
        await LeaveAtAsync(cap: 40, safe: 25);

        Assert.Equal(ExitCode.Usage, await RunAsync(null, CancellationToken.None));

        Assert.InRange(_machine.Held, 14_000_000, 25_000_000);
    }

    /// <summary>As an agent does that is killed.</summary>
    private async Task LeaveAtAsync(double cap, double safe)
    {
        using var killed = _machine.Open();
        await RaplMachine.GrantAsync(killed, cap, safe);
    }

    private async Task<int> RunAsync(Uri? address, CancellationToken stop, string tlsAuthority = "")
    {
        var options = new AgentOptions
        {
            Node = Homelab.Units.NodeName.Parse("n1"),
            Aggregators = address is null ? [] : [address],
            TlsAuthority = tlsAuthority,
            HostRoot = _machine.Host.Path,
            Enforces = true,
            StatePath = _machine.State,
            SampleInterval = TimeSpan.FromMilliseconds(100),
            SendInterval = TimeSpan.FromMilliseconds(100),
        };
        var clock = new MonotonicClock(TimeProvider.System);
        using var notifier = new SystemdNotifier(new Dictionary<string, string>(), 1, clock, _machine.Log);
        var config = new AgentConfig(options, [], new Dictionary<string, Origin>(), []);
        var parts = new Composition(options, new PosixFiles(), clock, _machine.Log);
        return await RunCommand.RunAsync(config, parts, notifier, clock, new Terminal(TextWriter.Null, TextWriter.Null, false, false), _machine.Log, stop);
    }

    private static IEnumerable<Applied> Applied(AggregatorHost aggregator) => aggregator.Heard.Where(m => m.Applied is not null).Select(m => m.Applied);

    private static (string Name, string Kind, bool IsAllowed) Named(LimiterDescription limiter) => (limiter.Name, limiter.Kind, limiter.Allowed);
}

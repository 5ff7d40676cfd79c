using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using Homelab.NodeAgent.Actuators;
using Homelab.NodeAgent.Actuators.Gpio;
using Homelab.NodeAgent.Cli;
using Homelab.NodeAgent.Configuration;
using Homelab.NodeAgent.Diagnostics;
using Homelab.NodeAgent.Enforcement;
using Homelab.NodeAgent.Gpio;
using Homelab.NodeAgent.Lamp;
using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.NodeAgent.Sensors.Cgroup;
using Homelab.NodeAgent.Sensors.Machine;
using Homelab.NodeAgent.Uplink;
using Homelab.Rpc;
using Microsoft.Extensions.Logging;

namespace Homelab.NodeAgent;

/// <summary>Puts the agent's parts together from its options; the commands differ only in which of them they use.</summary>
/// <param name="options">Checked options.</param>
/// <param name="files">The way to the machine's files.</param>
/// <param name="clock">Started with the process.</param>
/// <param name="log">Where the parts log.</param>
internal sealed class Composition(AgentOptions options, IPseudoFiles files, MonotonicClock clock, ILogger log)
{
    public HostRoot Root { get; } = new(options.HostRoot, files);

    /// <summary>What the agent itself costs.</summary>
    public SelfMeter Self { get; } = new(files, clock);

    public MachineFacts Machine => field ??= Patient().Look(options.HostRoot, static root => MachineFacts.Read(root, HostMachine.Architecture(root)));

    /// <summary>What a board like this one draws.</summary>
    public PowerModel Model => BoardTable.Find(Machine.Board, Machine.Processor, Machine.Architecture, Machine.LogicalCpus).With(options.IdlePower, options.PeakPower);

    public CapControl Caps(SnapshotStore store) => CapControl.Open(options, Root, Model, store, clock, log);

    /// <param name="rawCounters">True for commands that show counters as the kernel says them.</param>
    /// <param name="calibration">What meters have taught; null: nothing is remembered.</param>
    /// <param name="attributes">Whether the node's energy is split over containers.</param>
    public Sampler Sampler(bool rawCounters, CalibrationDesk? calibration = null, bool attributes = false)
    {
        // Containers and those who use cards are no part of the inventory: only the split asks for them.
        var all = SensorCatalog.Sources(options.Monitors).Where(s => options.Collector(s.Name) != CollectorSwitch.Off).ToArray();
        var sources = Array.FindAll(all, static s => s is not (CgroupSource or ICardSource));
        var containers = attributes ? Array.Find(all, static s => s is CgroupSource) : null;
        var cardUsers = attributes ? (ICardSource?)Array.Find(all, static s => s is ICardSource) : null;
        var fallback = new PowerFallback(options.StaticPower, Model) { Remainder = options.PowerRemainder, IsGuest = Machine.Virtualization != "none" };
        var pace = new SamplerOptions(options.SourceDeadline, options.RediscoverInterval, rawCounters) { Meter = options.PowerMeter };
        return new Sampler(Root, sources, fallback, pace, clock, Self.Read, log, calibration, containers, cardUsers, new SleepWatch(clock, BootClockInterop.Now));
    }

    /// <summary>What earlier runs learned from meters, and where this one keeps it. A recording teaches nothing that should outlive it.</summary>
    public (CalibrationDesk Desk, SealedFile? File) Calibration()
    {
        var calibration = new Calibration(Model);
        if (HostMachine.IsReplay(Root))
            return (new CalibrationDesk(calibration), null);
        var file = CalibrationLoop.File(options.StatePath, new PosixStateFiles());
        CalibrationLoop.Recall(calibration, file, log);
        return (new CalibrationDesk(calibration), file);
    }

    /// <summary>The lamp that the operator named; null when none, and where the files are a recording, which has no lamps.</summary>
    public StatusLine? StatusLine() =>
        options.StatusLamp is { } name && !HostMachine.IsReplay(Root) ? new StatusLine(Root, GpioCalls.Kernel, name) : null;

    /// <param name="line">From <see cref="StatusLine"/>.</param>
    /// <param name="isConnected">Whether the aggregator has taken the agent in.</param>
    /// <param name="store">Where samples appear.</param>
    public LampLoop Lamp(StatusLine line, Func<bool> isConnected, SnapshotStore store) => new(
        line.Show,
        () => IsWell(isConnected(), store),
        line.Name.ToString(),
        clock,
        log);

    /// <summary>What could hold the machine down; null when a driver does not answer at all. A file that does not answer costs its limiter only.</summary>
    public IReadOnlyList<SeenLimiter>? Limiters() => SeenLimiter.InTime(options, Patient());

    // For what is asked once, at start or by a command: a sensor's file that hangs must not hang those.
    private PatientFiles Patient() => new(files, clock.Time, options.SourceDeadline);

    private bool IsWell(bool isConnected, SnapshotStore store)
    {
        if (store.Hold() is not { } sample)
            return false;
        var isWell = LampPattern.IsWell(isConnected, sample.Power.Watts is not null, clock.Now - sample.Monotonic, options.SampleInterval);
        sample.Release();
        return isWell;
    }

    /// <exception cref="CryptographicException">A TLS file is not what it should be.</exception>
    public RpcChannel Channel(Uri aggregator) => Channel(aggregator, null, UplinkTls.For(options));

    /// <exception cref="CryptographicException">A TLS file is not what it should be.</exception>
    public RovingDialer Dialer()
    {
        var tls = UplinkTls.For(options);
        return new RovingDialer(options.Aggregators, (aggregator, address) => Channel(aggregator, address, tls), Dns.GetHostAddressesAsync);
    }

    private RpcChannel Channel(Uri aggregator, IPAddress? address, SslClientAuthenticationOptions? tls) => new(new RpcChannelOptions
    {
        Address = aggregator,
        Host = address,
        Tls = tls,
        TimeProvider = clock.Time,
    });

    public UplinkLoop Uplink(IAggregatorDialer dialer, SnapshotStore store, CapBoard board)
    {
        // A Guid is random enough to tell processes apart, and unlike RandomNumberGenerator does not load OpenSSL: 3.7 MB that plaintext never needs.
        var identity = new NodeIdentity(
            options.Node, Guid.NewGuid().ToByteArray(), AgentVersion.Number, Machine, HostMachine.IsReplay(Root), Environment.ProcessId)
        {
            SampleInterval = options.SampleInterval,
            KubernetesNode = options.KubernetesNode,
            ProviderId = options.ProviderId,
            IsContained = options.IsContained,
            // From within a container only the container's own are seen, and those are no machine's.
            Addresses = options.Addresses ?? (options.IsContained || Root.IsElsewhere ? [] : HostAddresses.Read(Root)),
        };
        var pace = new UplinkOptions { ReportInterval = options.SendInterval };
        return new UplinkLoop(dialer, identity, store, board, pace, clock, new Random().NextDouble, log);
    }
}

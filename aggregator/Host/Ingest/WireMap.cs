using System.Collections.Immutable;
using System.Net;
using Homelab.Aggregator.Fleet;
using Homelab.NodeAgent.V1;
using Homelab.Rpc;
using Homelab.Units;
using MachineFacts = Homelab.Aggregator.Fleet.MachineFacts;

namespace Homelab.Aggregator.Ingest;

/// <summary>
/// Translates the wire to domain types and back, and checks everything a hostile peer could get wrong. What breaks the
/// protocol throws <see cref="RpcException"/> with INVALID_ARGUMENT naming the field; the stream then ends with it.
/// </summary>
internal static class WireMap
{
    public const int MostSensors = 4096;
    private const uint ProtocolVersion = 1;
    private const int MostSources = 64;
    private const int MostThrottles = 32;
    private const int MostLimiters = 64;
    private const int MostAddresses = 16;
    private const int LongestAddress = 64;
    private const int MostText = 256;
    private const int MostPath = 1024;
    private const long MostMicrowatts = 1_000_000_000_000;

    public static readonly RpcMethod<AgentMessage, AggregatorMessage> Connect =
        new("homelab.nodeagent.v1.NodeAgentService", "Connect", AgentMessage.Parser, AggregatorMessage.Parser);

    public static NodeIdentity Identity(Hello hello, string peer)
    {
        if (hello.ProtocolVersion == 0)
            throw Refused("hello.protocol_version must be 1 or more");
        if (!NodeName.TryParse(hello.Node, out var name))
            throw Refused("hello.node must be a lower-case DNS name of 1 to 253 characters (RFC 1123)");
        if (!AgentInstance.TryRead(hello.AgentInstance.Span, out var instance))
            throw Refused("hello.agent_instance must be 16 random bytes");
        if (hello.Sensors.Count > MostSensors)
            throw Refused($"hello.sensors holds {hello.Sensors.Count} sensors; at most {MostSensors} are taken");
        if (hello.Limiters.Count > MostLimiters)
            throw Refused($"hello.limiters holds {hello.Limiters.Count} limiters; at most {MostLimiters} are taken");
        return new NodeIdentity(
            name, instance, Text(hello.AgentVersion, "hello.agent_version"), Machine(hello.Machine), peer, hello.Inventory,
            [.. hello.Sensors.Select(Sensor)])
        {
            // A bound on how long a dead agent can hold its name.
            SampleInterval = TimeSpan.FromMilliseconds(Math.Min(hello.SampleIntervalMs, 60_000)),
            Limiters = [.. hello.Limiters.Select(limiter => Text(limiter.Name, "limiter.name"))],
        };
    }

    /// <summary>A report, its reading indices checked against the inventory if it names the current one.</summary>
    public static NodeReport Report(Report report, NodeIdentity identity) => new(
        report.Sequence, WallTime(report.TimeUs), Span(report.MonotonicUs), report.Inventory,
        Readings(report, identity), Power(report.NodePower),
        new Energy((long)Math.Min(report.NodeEnergyMicrojoules, long.MaxValue)),
        Sources(report),
        report.Self is { } self ? new AgentCost(self.ResidentBytes, Span(self.CpuUs)) : null)
    {
        Throttles = Throttles(report),
        Split = Split(report.Split),
        Unread = report.Inventory == identity.Inventory ? 0 : Math.Min(report.Readings.Count, MostSensors),
    };

    public static AggregatorMessage Welcome(TimeSpan reportInterval, DateTimeOffset now, string version) => new()
    {
        Welcome = new Welcome
        {
            ProtocolVersion = ProtocolVersion,
            ReportIntervalMs = (uint)reportInterval.TotalMilliseconds,
            AggregatorTimeUs = (now - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond,
            AggregatorVersion = version,
        },
    };

    public static AggregatorMessage Acknowledged(ulong sequence) => new() { Acknowledged = new Acknowledged { Sequence = sequence } };

    public static AggregatorMessage Goodbye(string reason, TimeSpan retryAfter) =>
        new() { Goodbye = new Goodbye { Reason = reason, RetryAfterMs = (uint)retryAfter.TotalMilliseconds } };

    private static MachineFacts Machine(NodeAgent.V1.MachineFacts? machine) => machine is null
        ? MachineFacts.Unknown
        : new MachineFacts(
            Text(machine.BootId, "machine.boot_id"), Text(machine.Architecture, "machine.architecture"),
            Text(machine.Board, "machine.board"), Text(machine.Processor, "machine.processor"),
            Text(machine.Kernel, "machine.kernel"), Text(machine.OperatingSystem, "machine.operating_system"),
            (int)Math.Min(machine.LogicalCpus, int.MaxValue), (long)Math.Min(machine.MemoryBytes, long.MaxValue), machine.Replay)
        {
            KubernetesNode = KubernetesNode(machine.KubernetesNode),
            MachineId = Text(machine.MachineId, "machine.machine_id").ToLowerInvariant(),
            SystemUuid = Text(machine.SystemUuid, "machine.system_uuid").ToLowerInvariant(),
            Addresses = Addresses(machine),
            ProviderId = Text(machine.ProviderId, "machine.provider_id"),
            Virtualization = Text(machine.Virtualization, "machine.virtualization"),
            Contained = machine.Contained,
        };

    private static string KubernetesNode(string text) =>
        text.Length == 0 || NodeName.TryParse(text, out _) ? text : throw Refused("machine.kubernetes_node must be a lower-case DNS name of 1 to 253 characters (RFC 1123)");

    /// <summary>In canonical writing, so that they compare as text.</summary>
    private static ImmutableArray<string> Addresses(NodeAgent.V1.MachineFacts machine)
    {
        if (machine.Addresses.Count > MostAddresses)
            throw Refused($"machine.addresses holds {machine.Addresses.Count} addresses; at most {MostAddresses} are taken");
        return [.. machine.Addresses.Select(text => text.Length <= LongestAddress && IPAddress.TryParse(text, out var address)
            ? address.ToString()
            : throw Refused("machine.addresses must be IP addresses"))];
    }

    private static FleetSensor Sensor(SensorDescription sensor, int index)
    {
        if (sensor.Source.Length == 0 || sensor.Name.Length == 0)
            throw Refused($"hello.sensors[{index}] must have a source and a name");
        return new FleetSensor(
            Text(sensor.Source, "sensor.source"), Text(sensor.Device, "sensor.device"), Text(sensor.Name, "sensor.name"),
            Text(sensor.Label, "sensor.label"), Known((Units.Quantity)sensor.Quantity), Known((SensorShape)sensor.Shape),
            Text(sensor.Path, "sensor.path", MostPath))
        {
            Product = Text(sensor.Product, "sensor.product"),
            Uuid = Text(sensor.Uuid, "sensor.uuid"),
            Driver = Text(sensor.Driver, "sensor.driver"),
        };
    }

    private static ImmutableArray<(int, SensorReading)> Readings(Report report, NodeIdentity identity)
    {
        // A report that counts by another inventory crossed a Hello on its way: its readings name other sensors.
        if (report.Inventory != identity.Inventory)
            return [];
        if (report.Readings.Count > identity.Sensors.Length)
            throw Refused($"report.readings holds {report.Readings.Count} readings of {identity.Sensors.Length} sensors");
        var readings = ImmutableArray.CreateBuilder<(int, SensorReading)>(report.Readings.Count);
        foreach (var reading in report.Readings)
        {
            if (reading.Sensor >= identity.Sensors.Length)
                throw Refused($"report.readings names sensor {reading.Sensor}, of {identity.Sensors.Length}");
            readings.Add(((int)reading.Sensor, new SensorReading(
                Known((Units.Quality)reading.Quality), reading.HasValueMicros ? reading.ValueMicros : null, Short(reading.Detail))));
        }
        return readings.ToImmutable();
    }

    private static Units.NodePower Power(NodeAgent.V1.NodePower? power)
    {
        if (power is null || !power.HasPowerMicrowatts || power.Provenance == NodeAgent.V1.Provenance.None)
            return Units.NodePower.None;
        if (power.PowerMicrowatts is < 0 or > MostMicrowatts)
            throw Refused($"report.node_power.power_microwatts must be 0 to {MostMicrowatts}");
        if (power.UncertaintyMicros > 1_000_000)
            throw Refused("report.node_power.uncertainty_micros must be 0 to 1000000");
        // Watts of a provenance that this version does not know are watts that it can not vouch for.
        if (Known((Units.Provenance)power.Provenance) == Units.Provenance.None)
            return Units.NodePower.None;
        return new Units.NodePower(
            new Power(power.PowerMicrowatts), (Units.Provenance)power.Provenance, Text(power.Source, "node_power.source"),
            Known((Units.PowerScope)power.Scope), power.UncertaintyMicros / 1e6);
    }

    /// <summary>Reasons of a newer version are left out: their words are not known.</summary>
    private static ImmutableArray<ReportedThrottle> Throttles(Report report)
    {
        if (report.Throttles.Count > MostThrottles)
            throw Refused($"report.throttles holds {report.Throttles.Count} causes; at most {MostThrottles} are taken");
        var told = ImmutableArray.CreateBuilder<ReportedThrottle>(report.Throttles.Count);
        foreach (var state in report.Throttles)
        {
            var reason = (ThrottleReason)state.Cause;
            if (!Enum.IsDefined(reason))
                continue;
            if (told.Any(known => known.Reason == reason))
                throw Refused($"report.throttles names {reason.Word()} twice");
            told.Add(new ReportedThrottle(reason, state.HasNow ? state.Now : null, state.HasSinceBoot ? state.SinceBoot : null, Span(state.HeldUs)));
        }
        return told.ToImmutable();
    }

    private static NodeSplit? Split(EnergySplit? split)
    {
        if (split is null)
            return null;
        if (split.Pods.Count > NodeSplit.MostPods)
            throw Refused($"report.split.pods holds {split.Pods.Count} pods; at most {NodeSplit.MostPods} are taken");
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var pod in split.Pods)
        {
            if (!IsPod(pod.Pod) || !names.Add(pod.Pod))
                throw Refused("report.split.pods.pod must be a UID or a container's id, each once");
            if (!IsNamed(pod))
                throw Refused("report.split.pods.namespace and name must both be empty, or names of Kubernetes (DNS-1123)");
        }
        return new NodeSplit(
            Joules(split.IdleMicrojoules), Joules(split.SystemMicrojoules), Joules(split.OtherMicrojoules), Joules(split.EndedMicrojoules),
            [.. split.Pods.Select(static pod => new PodShare(pod.Pod, pod.Namespace, pod.Name, Joules(pod.Microjoules)))]);
    }

    /// <summary>Hexadecimal digits and dashes: a label's value is no place for anything else.</summary>
    private static bool IsPod(string text) => text.Length is >= 12 and <= 64 && text.All(static c => c == '-' || char.IsAsciiHexDigitLower(c));

    private static bool IsNamed(PodEnergy pod) => pod.Namespace.Length == 0 && pod.Name.Length == 0
        || (pod.Namespace.Length <= 63 && !pod.Namespace.Contains('.', StringComparison.Ordinal) && NodeName.TryParse(pod.Namespace, out _) && NodeName.TryParse(pod.Name, out _));

    private static Energy Joules(ulong microjoules) => new((long)Math.Min(microjoules, long.MaxValue));

    private static ImmutableArray<SourceReport> Sources(Report report) => report.Sources.Count <= MostSources
        ? [.. report.Sources.Select(Source)]
        : throw Refused($"report.sources holds {report.Sources.Count} sources; at most {MostSources} are taken");

    private static SourceReport Source(SourceState source) => new(
        Text(source.Source, "sources.source"), source.Success, Span(source.DurationUs),
        source.LastOkUs == 0 ? null : WallTime(source.LastOkUs), source.Failures, Short(source.Detail));

    /// <summary>Null for times that no calendar holds.</summary>
    private static DateTimeOffset? WallTime(long microseconds) =>
        microseconds is > 0 and < 253_402_300_799_000_000 ? DateTimeOffset.UnixEpoch + TimeSpan.FromMicroseconds(microseconds) : null;

    private static TimeSpan Span(ulong microseconds) =>
        new((long)Math.Min(microseconds, long.MaxValue / (4 * TimeSpan.TicksPerMicrosecond)) * TimeSpan.TicksPerMicrosecond);

    /// <summary>Numbers of a newer version become "unknown" (0).</summary>
    internal static T Known<T>(T value)
        where T : struct, Enum => Enum.IsDefined(value) ? value : default;

    private static string Text(string text, string field, int most = MostText) => text.Length <= most
        ? Printable(text)
        : throw Refused($"{field} is longer than {most} characters");

    /// <summary>For explanations, which are cut rather than refused.</summary>
    internal static string Short(string text) => Printable(text.Length <= MostText ? text : text[..MostText]);

    /// <summary>Control characters would reach terminals and logs.</summary>
    private static string Printable(string text)
    {
        foreach (var c in text)
        {
            if (char.IsControl(c))
                return string.Create(text.Length, text, static (to, from) =>
                {
                    for (var i = 0; i < to.Length; i++)
                        to[i] = char.IsControl(from[i]) ? '?' : from[i];
                });
        }
        return text;
    }

    internal static RpcException Refused(string complaint) => new(RpcCode.InvalidArgument, complaint);
}

using Google.Protobuf;
using Homelab.NodeAgent.Sensors;

namespace Homelab.NodeAgent.Uplink;

/// <summary>Words to messages and back: the only place that knows both.</summary>
internal static class WireMap
{
    private const uint ProtocolVersion = 1;

    /// <summary>The aggregator takes at most so many sensors; a machine with more loses the last ones rather than its connection.</summary>
    internal const int MostSensors = 4096;

    public static V1.AgentMessage ToMessage(AgentWord word) => word switch
    {
        AgentWord.Hello hello => new V1.AgentMessage { Hello = ToHello(hello) },
        AgentWord.Report report => new ReportMessage().Of(report),
        AgentWord.CapRange range => new V1.AgentMessage { CapRange = CapMap.ToRange(range.Span) },
        AgentWord.Applied applied => new V1.AgentMessage { Applied = CapMap.ToApplied(applied.Status) },
        _ => throw new ArgumentOutOfRangeException(nameof(word)),
    };

    /// <summary>A message this version does not know, or with values out of range, becomes <see cref="AggregatorWord.Unknown"/> or its nearest meaning.</summary>
    public static AggregatorWord FromMessage(V1.AggregatorMessage message) => message.MessageCase switch
    {
        V1.AggregatorMessage.MessageOneofCase.Welcome => new AggregatorWord.Welcome(
            Interval(message.Welcome.ReportIntervalMs, 100, 60_000),
            Interval(message.Welcome.RefreshIntervalMs, 1_000, 3_600_000)),
        V1.AggregatorMessage.MessageOneofCase.Acknowledged => new AggregatorWord.Acknowledged(message.Acknowledged.Sequence),
        V1.AggregatorMessage.MessageOneofCase.Grant => new AggregatorWord.Grant(CapMap.FromGrant(message.Grant)),
        V1.AggregatorMessage.MessageOneofCase.Goodbye => new AggregatorWord.Goodbye(
            OneLine(message.Goodbye.Reason), Interval(message.Goodbye.RetryAfterMs, 0, 3_600_000)),
        _ => AggregatorWord.Unknown.Instance,
    };

    private static V1.Hello ToHello(AgentWord.Hello word)
    {
        var (identity, machine) = (word.Identity, word.Identity.Machine);
        var hello = new V1.Hello
        {
            ProtocolVersion = ProtocolVersion,
            Node = identity.Node.Value,
            AgentInstance = ByteString.CopyFrom(identity.Instance.Span),
            AgentVersion = identity.Version,
            Inventory = word.Number,
            ProcessId = (uint)identity.ProcessId,
            SampleIntervalMs = (uint)identity.SampleInterval.TotalMilliseconds,
            Machine = new V1.MachineFacts
            {
                BootId = machine.BootId,
                Architecture = machine.Architecture,
                Board = machine.Board,
                Processor = machine.Processor,
                Kernel = machine.Kernel,
                OperatingSystem = machine.OperatingSystem,
                LogicalCpus = (uint)Math.Max(0, machine.LogicalCpus),
                MemoryBytes = (ulong)Math.Max(0, machine.MemoryBytes),
                Replay = identity.IsReplay,
                KubernetesNode = identity.KubernetesNode,
                MachineId = machine.MachineId,
                SystemUuid = machine.SystemUuid,
                ProviderId = identity.ProviderId,
                Virtualization = machine.Virtualization,
                Contained = identity.IsContained,
            },
        };
        hello.Machine.Addresses.Add(identity.Addresses);
        foreach (var sensor in word.Inventory.Sensors.Take(MostSensors))
            hello.Sensors.Add(ToDescription(sensor));
        foreach (var limiter in word.Limiters)
            hello.Limiters.Add(CapMap.ToLimiter(limiter));
        return hello;
    }

    private static V1.SensorDescription ToDescription(SensorInfo sensor) => new()
    {
        Source = sensor.Source,
        Device = sensor.Device,
        Name = sensor.Name,
        Label = sensor.Label,
        // The numbers of these enums are the wire values.
        Quantity = (V1.Quantity)sensor.Quantity,
        Shape = (V1.Shape)sensor.Shape,
        Path = sensor.Path,
        Product = sensor.Product,
        Uuid = sensor.Uuid,
        Driver = sensor.Driver,
    };

    private static TimeSpan? Interval(uint milliseconds, uint least, uint most) =>
        milliseconds == 0 ? null : TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, least, most));

    internal static long Micros(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>What a peer writes goes into our log: one line, and not a long one.</summary>
    internal static string OneLine(string text)
    {
        var line = text.Length > 200 ? text[..200] : text;
        return line.Replace('\n', ' ').Replace('\r', ' ');
    }
}

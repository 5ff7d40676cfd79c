using Google.Protobuf;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Ingest;
using Homelab.NodeAgent.V1;
using Homelab.Rpc;

namespace Homelab.Aggregator.Tests.Fakes;

/// <summary>Good messages, for tests to spoil.</summary>
internal static class Wire
{
    public static Hello Hello(string node = "um890", byte instance = 1) => new()
    {
        ProtocolVersion = 1,
        Node = node,
        AgentInstance = ByteString.CopyFrom([.. new byte[15], instance]),
        AgentVersion = "0.1.0",
        Inventory = 1,
        Machine = new NodeAgent.V1.MachineFacts { Board = "UM890 Pro", Architecture = "amd64", LogicalCpus = 16 },
        Sensors =
        {
            new SensorDescription
            {
                Source = "hwmon",
                Device = "k10temp@pci0",
                Name = "temp1",
                Label = "Tctl",
                Path = "/sys/class/hwmon/hwmon0/temp1_input",
                Quantity = NodeAgent.V1.Quantity.Temperature,
                Shape = Shape.Gauge,
            },
        },
    };

    public static NodeIdentity Identity() => WireMap.Identity(Hello(), "peer");

    public static Report Report(ulong sequence, double watts, double joules) => new()
    {
        Sequence = sequence,
        TimeUs = 1_790_000_000_000_000,
        MonotonicUs = sequence * 1_000_000,
        Inventory = 1,
        Readings = { new Reading { Sensor = 0, Quality = NodeAgent.V1.Quality.Ok, ValueMicros = 71_000_000 } },
        NodePower = new NodeAgent.V1.NodePower
        {
            PowerMicrowatts = (long)(watts * 1e6),
            Provenance = NodeAgent.V1.Provenance.Measured,
            Source = "rapl-package",
            Scope = NodeAgent.V1.PowerScope.Package,
            UncertaintyMicros = 400_000,
        },
        NodeEnergyMicrojoules = (ulong)(joules * 1e6),
    };

    public static AgentMessage Say(Hello hello) => new() { Hello = hello };

    public static AgentMessage Say(Report report) => new() { Report = report };
}

/// <summary>An agent's side of the stream, in lock-step: every message is answered before the test goes on.</summary>
internal static class AgentCalls
{
    public static async Task<RpcCall<AgentMessage, AggregatorMessage>> JoinAsync(this RpcChannel channel, string node = "um890", byte instance = 1, string bootId = "")
    {
        var call = channel.Open(WireMap.Connect);
        var hello = Wire.Hello(node, instance);
        hello.Machine.BootId = bootId;
        await call.WriteAsync(Wire.Say(hello));
        Assert.Equal(AggregatorMessage.MessageOneofCase.Welcome, (await call.ReadAsync().InTime())!.MessageCase);
        return call;
    }

    public static Task ReportAsync(this RpcCall<AgentMessage, AggregatorMessage> agent, ulong sequence, double watts, double joules) =>
        agent.ReportAsync(Wire.Report(sequence, watts, joules));

    public static async Task ReportAsync(this RpcCall<AgentMessage, AggregatorMessage> agent, Report report)
    {
        await agent.WriteAsync(Wire.Say(report));
        Assert.Equal(report.Sequence, (await agent.ReadAsync().InTime())!.Acknowledged.Sequence);
    }
}

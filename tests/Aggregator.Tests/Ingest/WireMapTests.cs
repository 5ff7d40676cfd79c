using System.Buffers;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Homelab.Aggregator.Api;
using Homelab.Aggregator.Configuration;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Ingest;
using Homelab.Aggregator.Prometheus;
using Homelab.Aggregator.Prometheus.Compatibility;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.NodeAgent.V1;
using Homelab.Rpc;
using Homelab.Units;
using Quality = Homelab.Units.Quality;
using Quantity = Homelab.Units.Quantity;

namespace Homelab.Aggregator.Tests.Ingest;

public sealed class WireMapTests
{
    [Fact]
    public void Identity_GoodHello_IsTaken()
    {
        var identity = WireMap.Identity(Wire.Hello(), "10.0.0.5:4000");

        Assert.Equal("um890", identity.Name.Value);
        Assert.Equal("10.0.0.5:4000", identity.Peer);
        Assert.Equal("UM890 Pro", identity.Machine.Board);
        Assert.Equal(new FleetSensor("hwmon", "k10temp@pci0", "temp1", "Tctl", Quantity.Temperature, SensorShape.Gauge, "/sys/class/hwmon/hwmon0/temp1_input"), identity.Sensors[0]);
    }

    [Fact]
    public void Identity_SensorOfANamedDevice_KeepsProductUuidAndDriver()
    {
        var hello = Wire.Hello();
        (hello.Sensors[0].Product, hello.Sensors[0].Uuid, hello.Sensors[0].Driver) = ("NVIDIA L40S", "GPU-8f", "550.54.15");

        var sensor = WireMap.Identity(hello, "peer").Sensors[0];

        Assert.Equal(("NVIDIA L40S", "GPU-8f", "550.54.15"), (sensor.Product, sensor.Uuid, sensor.Driver));
    }

    /// <summary>From the Hello that the agent's own tests make of two recorded cards to what people and scrapers are told.</summary>
    [Fact]
    public void Identity_HelloOfNvidiaCards_ModelAndUuidReachApiAndMetrics()
    {
        var hello = JsonParser.Default.Parse<Hello>(File.ReadAllText(Repository.PathOf("tests", "fixtures", "nvml", "hello.json")));
        var identity = WireMap.Identity(hello, "10.0.0.5:4000");
        var fleet = RecordedNode.Snapshot([.. identity.Sensors.Select(static sensor => (sensor, Sample.Ok(100)))], "gpu-host");
        (string Device, string Product, string Uuid)[] cards =
            [("nvidia@0000:01:00.0", "NVIDIA L40S", "GPU-00000000-1111-2222-3333-444444444444"), ("nvidia@0000:41:00.0", "NVIDIA GeForce RTX 4080 SUPER", "GPU-00000001-1111-2222-3333-444444444444")];

        var node = fleet.Nodes.Single();
        Assert.Equal(cards, node.Identity!.Sensors.Select(static sensor => (sensor.Device, sensor.Product, sensor.Uuid)).Distinct());
        Assert.Equal(cards, ApiMap.Detail(node, null, fleet.At).Readings.Select(static reading => (reading.Device, reading.Product!, reading.Uuid!)).Distinct());
        var json = JsonSerializer.Serialize(ApiMap.Detail(node, null, fleet.At), ApiJson.Default.NodeDetailDocument);
        Assert.Contains("\"product\":\"NVIDIA L40S\",\"uuid\":\"GPU-00000000-1111-2222-3333-444444444444\",\"driver\":\"595.71.05\"", json, StringComparison.Ordinal);
        var dcgm = new ArrayBufferWriter<byte>();
        CompatibilityExposition.Write(new ExpositionWriter(dcgm, ExpositionFormat.Text), fleet.Nodes, new CompatibilityOptions(Dcgm: true));
        Assert.All(cards, card => Assert.Contains($"UUID=\"{card.Uuid}\"", Encoding.UTF8.GetString(dcgm.WrittenSpan), StringComparison.Ordinal));
        Assert.All(cards, card => Assert.Contains($"modelName=\"{card.Product}\"", Encoding.UTF8.GetString(dcgm.WrittenSpan), StringComparison.Ordinal));
    }

    [Fact]
    public void Identity_SensorWithoutModel_HasNoneInTheApi()
    {
        var fleet = RecordedNode.Snapshot([(Sample.Sensor("hwmon", "k10temp@pci0", "temp1", Quantity.Temperature), Sample.Ok(40))]);

        Assert.DoesNotContain("\"uuid\"", JsonSerializer.Serialize(ApiMap.Detail(fleet.Nodes.Single(), null, fleet.At), ApiJson.Default.NodeDetailDocument), StringComparison.Ordinal);
    }

    [Fact]
    public void Identity_EndlessProduct_IsRefused()
    {
        var hello = Wire.Hello();
        hello.Sensors[0].Product = new string('x', 300);

        Assert.Contains("sensor.product", Assert.Throws<RpcException>(() => WireMap.Identity(hello, "peer")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_Throttles_AreTakenAndUnknownCausesLeftOut()
    {
        var report = Wire.Report(1, 20, 0);
        report.Throttles.Add(new ThrottleState { Cause = ThrottleCause.Thermal, Now = true, HeldUs = 2_500_000 });
        report.Throttles.Add(new ThrottleState { Cause = (ThrottleCause)99, Now = true });

        var told = WireMap.Report(report, Wire.Identity()).Throttles;

        Assert.Equal<ReportedThrottle>([new ReportedThrottle(ThrottleReason.Thermal, true, null, TimeSpan.FromSeconds(2.5))], told);
    }

    [Fact]
    public void Report_Split_IsTaken()
    {
        var report = Wire.Report(1, 20, 0);
        report.Split = new EnergySplit { IdleMicrojoules = 5_000_000, SystemMicrojoules = ulong.MaxValue, Pods = { new PodEnergy { Pod = "eab5a334-93fe-48a8-b139-9e8079c1f163", Microjoules = 7, Namespace = "default", Name = "web-0.a" } } };

        var split = WireMap.Report(report, Wire.Identity()).Split!;

        Assert.Equal((5.0, long.MaxValue), (split.Idle.Joules, split.System.Microjoules));
        Assert.Equal(new PodShare("eab5a334-93fe-48a8-b139-9e8079c1f163", "default", "web-0.a", new Energy(7)), Assert.Single(split.Pods));
        Assert.Null(WireMap.Report(Wire.Report(1, 20, 0), Wire.Identity()).Split);
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("idle", 1)]
    [InlineData("pod\"} 1\nevil{x=\"", 1)]
    [InlineData("99f3a16ea25b", 2)]
    public void Report_SplitOfHostilePods_IsRefusedNamingTheField(string pod, int count)
    {
        var report = Wire.Report(1, 20, 0);
        report.Split = new EnergySplit();
        for (var i = 0; i < count; i++)
            report.Split.Pods.Add(new PodEnergy { Pod = pod });

        Assert.Contains("report.split.pods", Assert.Throws<RpcException>(() => WireMap.Report(report, Wire.Identity())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("default", "")]
    [InlineData("", "web")]
    [InlineData("a.b", "web")]
    [InlineData("default", "web\"} 1")]
    [InlineData("Default", "web")]
    [InlineData("n234567890123456789012345678901234567890123456789012345678901234", "web")]
    public void Report_SplitOfHostileNames_IsRefusedNamingTheField(string space, string name)
    {
        var report = Wire.Report(1, 20, 0);
        report.Split = new EnergySplit { Pods = { new PodEnergy { Pod = "99f3a16ea25b", Namespace = space, Name = name } } };

        Assert.Contains("report.split.pods.namespace", Assert.Throws<RpcException>(() => WireMap.Report(report, Wire.Identity())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(33)]
    public void Report_ACauseTwiceOrTooMany_IsRefusedNamingTheField(int count)
    {
        var report = Wire.Report(1, 20, 0);
        for (var i = 0; i < count; i++)
            report.Throttles.Add(new ThrottleState { Cause = ThrottleCause.Thermal });

        Assert.Contains("report.throttles", Assert.Throws<RpcException>(() => WireMap.Report(report, Wire.Identity())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ThrottleReason_OnTheWire_HasTheSameNumbers() =>
        Assert.Equal(Enum.GetValues<ThrottleReason>().Select(reason => (int)reason), Enum.GetValues<ThrottleCause>().Select(cause => (int)cause).Where(number => number > 0));

    [Fact]
    public void Identity_WhatMatchesAClusterNode_IsTakenInOneWriting()
    {
        var hello = Wire.Hello();
        hello.Machine.KubernetesNode = "worker-3";
        hello.Machine.MachineId = "0F6D1C0E9A5B4C7D8E9F0A1B2C3D4E5F";
        hello.Machine.SystemUuid = "4C4C4544-0042-3510-8051-B4C04F4A4B32";
        hello.Machine.ProviderId = "kind://docker/kind/kind-worker";
        hello.Machine.Addresses.Add(["192.168.1.20", "2001:DB8:0::1"]);

        var machine = WireMap.Identity(hello, "peer").Machine;

        Assert.Equal(("worker-3", "0f6d1c0e9a5b4c7d8e9f0a1b2c3d4e5f", "4c4c4544-0042-3510-8051-b4c04f4a4b32", "kind://docker/kind/kind-worker"), (machine.KubernetesNode, machine.MachineId, machine.SystemUuid, machine.ProviderId));
        Assert.Equal<string>(["192.168.1.20", "2001:db8::1"], machine.Addresses);
    }

    [Theory]
    [InlineData("kubernetes_node", "Not A Name", 0)]
    [InlineData("machine_id", null, 0)]
    [InlineData("provider_id", null, 0)]
    [InlineData("addresses", "worker-3", 0)]
    [InlineData("addresses", "10.0.0.1", 17)]
    public void Identity_HostilePlace_IsRefusedNamingTheField(string field, string? text, int count)
    {
        var hello = Wire.Hello();
        text ??= new string('x', 257);
        switch (field)
        {
            case "kubernetes_node": hello.Machine.KubernetesNode = text; break;
            case "machine_id": hello.Machine.MachineId = text; break;
            case "provider_id": hello.Machine.ProviderId = text; break;
            default: hello.Machine.Addresses.AddRange(Enumerable.Repeat(text, Math.Max(1, count))); break;
        }

        var refusal = Assert.Throws<RpcException>(() => WireMap.Identity(hello, "peer"));

        Assert.Contains($"machine.{field}", refusal.Status.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, 1, "readings")]
    [InlineData(0, 65, "sources")]
    public void Report_MoreThanThereCanBe_IsRefusedNamingTheField(int readings, int sources, string field)
    {
        var report = Wire.Report(1, 40, 0);
        report.Readings.AddRange(Enumerable.Repeat(new Reading(), readings));
        report.Sources.AddRange(Enumerable.Range(0, sources).Select(number => new SourceState { Source = $"s{number}" }));

        var refusal = Assert.Throws<RpcException>(() => WireMap.Report(report, Wire.Identity()));

        Assert.Equal(RpcCode.InvalidArgument, refusal.Status.Code);
        Assert.Contains($"report.{field}", refusal.Status.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("protocol_version")]
    [InlineData("node")]
    [InlineData("agent_instance")]
    [InlineData("sensors")]
    [InlineData("agent_version")]
    [InlineData("board")]
    [InlineData("sensor.device")]
    [InlineData("source and a name")]
    public void Identity_HostileHello_IsRefusedNamingTheField(string field)
    {
        var hello = Wire.Hello();
        switch (field)
        {
            case "protocol_version": hello.ProtocolVersion = 0; break;
            case "node": hello.Node = "Not A Name"; break;
            case "agent_instance": hello.AgentInstance = ByteString.CopyFrom(new byte[16]); break;
            case "sensors": hello.Sensors.AddRange(Enumerable.Repeat(hello.Sensors[0], WireMap.MostSensors)); break;
            case "agent_version": hello.AgentVersion = new string('9', 300); break;
            case "board": hello.Machine.Board = new string('b', 257); break;
            case "sensor.device": hello.Sensors[0].Device = new string('d', 257); break;
            default: hello.Sensors[0].Name = ""; break;
        }

        var refusal = Assert.Throws<RpcException>(() => WireMap.Identity(hello, "peer"));

        Assert.Equal(RpcCode.InvalidArgument, refusal.Status.Code);
        Assert.Contains(field, refusal.Status.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(17)]
    public void Identity_InstanceOfAnotherLength_IsRefused(int length)
    {
        var hello = Wire.Hello();
        hello.AgentInstance = ByteString.CopyFrom(Enumerable.Repeat((byte)1, length).ToArray());

        Assert.Throws<RpcException>(() => WireMap.Identity(hello, "peer"));
    }

    [Fact]
    public void Identity_ControlCharacters_NeverReachATerminal()
    {
        var hello = Wire.Hello();
        hello.Machine.Board = "a\u001b[31mb\nc";

        Assert.Equal("a?[31mb?c", WireMap.Identity(hello, "peer").Machine.Board);
    }

    [Fact]
    public void Identity_NumbersOfANewerVersion_BecomeUnknown()
    {
        var hello = Wire.Hello();
        hello.Sensors[0].Quantity = (NodeAgent.V1.Quantity)99;
        hello.Sensors[0].Shape = (Shape)99;

        var sensor = WireMap.Identity(hello, "peer").Sensors[0];

        Assert.Equal((Quantity.Unknown, SensorShape.Unknown), (sensor.Quantity, sensor.Shape));
    }

    [Fact]
    public void Report_GoodReport_IsTaken()
    {
        var report = WireMap.Report(Wire.Report(2, 41.2, 1000), Wire.Identity());

        Assert.Equal(2ul, report.Sequence);
        Assert.Equal(Power.FromWatts(41.2), report.Power.Watts);
        Assert.Equal(0.4, report.Power.Uncertainty);
        Assert.Equal(Energy.FromJoules(1000), report.Energy);
        Assert.Equal((0, new SensorReading(Quality.Ok, 71_000_000, "")), Assert.Single(report.Readings));
        Assert.Equal(DateTimeOffset.UnixEpoch.AddSeconds(1_790_000_000), report.AgentTime);
    }

    [Fact]
    public void Report_NoPowerFigure_IsAbsentNotZero()
    {
        var report = Wire.Report(1, 40, 0);
        report.NodePower.ClearPowerMicrowatts();
        Assert.Equal(Units.NodePower.None, WireMap.Report(report, Wire.Identity()).Power);

        report.NodePower = null;
        Assert.Equal(Units.NodePower.None, WireMap.Report(report, Wire.Identity()).Power);
    }

    [Theory]
    [InlineData("names sensor 1, of 1")]
    [InlineData("power_microwatts")]
    [InlineData("uncertainty_micros")]
    public void Report_HostileReport_IsRefusedNamingTheField(string field)
    {
        var report = Wire.Report(1, 40, 0);
        switch (field)
        {
            case "power_microwatts": report.NodePower.PowerMicrowatts = -1; break;
            case "uncertainty_micros": report.NodePower.UncertaintyMicros = 1_000_001; break;
            default: report.Readings[0].Sensor = 1; break;
        }

        var refusal = Assert.Throws<RpcException>(() => WireMap.Report(report, Wire.Identity()));

        Assert.Equal(RpcCode.InvalidArgument, refusal.Status.Code);
        Assert.Contains(field, refusal.Status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_OfAnotherInventory_BringsNoReadings()
    {
        var report = Wire.Report(1, 40, 0);
        report.Inventory = 7;
        report.Readings[0].Sensor = 4000;

        var taken = WireMap.Report(report, Wire.Identity());

        Assert.Empty(taken.Readings);
        Assert.Equal(report.Readings.Count, taken.Unread);
    }

    [Fact]
    public void Report_ReadingWithoutAValue_StaysWithoutOne()
    {
        var report = Wire.Report(1, 40, 0);
        report.Readings[0] = new Reading { Sensor = 0, Quality = NodeAgent.V1.Quality.Denied, Detail = "EACCES" };

        Assert.Equal(new SensorReading(Quality.Denied, null, "EACCES"), WireMap.Report(report, Wire.Identity()).Readings[0].Reading);
    }

    [Fact]
    public void Report_AnyNumbers_NeverThrowsAnythingButARefusal() =>
        Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<(long Time, ulong Monotonic, ulong Energy, ulong Cpu, long LastOk, long Value)>(), numbers =>
        {
            var report = Wire.Report(ulong.MaxValue, 1, 0);
            (report.TimeUs, report.MonotonicUs, report.NodeEnergyMicrojoules) = (numbers.Time * 7919, ulong.MaxValue - numbers.Monotonic, ulong.MaxValue - numbers.Energy);
            report.Self = new SelfCost { CpuUs = ulong.MaxValue - numbers.Cpu, ResidentBytes = ulong.MaxValue };
            report.Readings[0].ValueMicros = long.MinValue + numbers.Value;
            report.Sources.Add(new SourceState { Source = "hwmon", LastOkUs = long.MaxValue - numbers.LastOk, Failures = ulong.MaxValue, DurationUs = uint.MaxValue });
            var record = new NodeRecord(Sample.Node());
            record.Greet(new StreamNumber(1), Wire.Identity());
            record.Take(WireMap.Report(report, Wire.Identity()), default, TimeSpan.FromSeconds(1));
            return true;
        }));

    [Fact]
    public void Identity_AnyBytes_NeverThrowsAnythingButARefusal() =>
        Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<(string Node, byte[] Instance, string Text, uint Number)>(), input =>
        {
            var hello = Wire.Hello();
            (hello.Node, hello.AgentVersion) = (input.Node ?? "", input.Text ?? "");
            (hello.AgentInstance, hello.ProtocolVersion) = (ByteString.CopyFrom(input.Instance ?? []), input.Number);
            try
            {
                WireMap.Identity(hello, "peer");
            }
            catch (RpcException)
            {
                // A refusal is an answer.
            }
            return true;
        }));
}

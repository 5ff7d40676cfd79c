using System.Text.Json.Nodes;
using Homelab.NodeAgent.Capping;
using Homelab.NodeAgent.Enforcement;
using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.NodeAgent.Sensors.Machine;
using Homelab.NodeAgent.Sensors.Nvidia;
using Homelab.NodeAgent.Uplink;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Uplink;

public class WireMapTests
{
    private static readonly Inventory Inventory = new([Some.Zone("package-0", "intel-rapl:0"), Some.Utilization]);

    [Fact]
    public void ToMessage_Hello_CarriesIdentityMachineAndSensors()
    {
        var machine = new MachineFacts("boot", "arm64", "Turing Machines RK1", "A76", "6.6", "Talos", 8, 1 << 30);
        var identity = new NodeIdentity(NodeName.Parse("rk1-1"), new byte[16], "0.1.0", machine, true, 42);

        var hello = WireMap.ToMessage(new AgentWord.Hello(identity, Inventory, 3)).Hello;

        Assert.Equal((1u, "rk1-1", 16, "0.1.0", 3u, 42u), (hello.ProtocolVersion, hello.Node, hello.AgentInstance.Length, hello.AgentVersion, hello.Inventory, hello.ProcessId));
        Assert.Equal(("Turing Machines RK1", "arm64", 8u, true), (hello.Machine.Board, hello.Machine.Architecture, hello.Machine.LogicalCpus, hello.Machine.Replay));
        Assert.Equal(("powercap", "intel-rapl:0", "energy", "package-0", V1.Quantity.Energy, V1.Shape.Counter), (hello.Sensors[0].Source, hello.Sensors[0].Device, hello.Sensors[0].Name, hello.Sensors[0].Label, hello.Sensors[0].Quantity, hello.Sensors[0].Shape));
    }

    /// <summary>What the library says of two recorded cards, as it leaves the agent. The aggregator's tests go on from this very text.</summary>
    [Fact]
    public void ToMessage_HelloOfNvidiaCards_SaysModelAndUuidOfEach()
    {
        using var host = FixtureHost.Of();
        FakeNvml.Recorded(host, ("0000:01:00.0", "l40s"), ("0000:41:00.0", "geforce-rtx-4080-super"));
        var source = new NvidiaSource();
        Inventory cards = new([.. source.Discover(host.Root).Sensors.Select(static sensor => sensor.Info).Where(static sensor => sensor.Name is "power" or "energy")]);
        var identity = new NodeIdentity(NodeName.Parse("gpu-host"), new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 }, "0.1.0", new MachineFacts("boot", "amd64", "", "", "", "", 16, 0), true, 42);

        var text = WireMap.ToMessage(new AgentWord.Hello(identity, cards, 1)).Hello.ToString() + "\n";

        var golden = Path.Combine(RepositoryRoot.Path, "tests", "fixtures", "nvml", "hello.json");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDENS") == "1")
            File.WriteAllText(golden, text);
        Assert.Equal(JsonNode.Parse(File.ReadAllText(golden))!.ToJsonString(), JsonNode.Parse(text)!.ToJsonString());
    }

    [Fact]
    public void ToMessage_HelloOfAClusterNode_CarriesWhatItIsMatchedBy()
    {
        var machine = new MachineFacts("", "arm64", "", "", "", "", 8, 0) { MachineId = "0f6d1c0e9a5b4c7d8e9f0a1b2c3d4e5f", SystemUuid = "10000000a3b1c2d4" };
        var identity = new NodeIdentity(NodeName.Parse("rk1-1"), new byte[16], "0.1.0", machine, false, 1)
        {
            KubernetesNode = "tp2-rk1-1",
            ProviderId = "kind://docker/kind/kind-worker",
            Addresses = ["192.168.1.20"],
        };

        var wire = WireMap.ToMessage(new AgentWord.Hello(identity, Inventory, 1)).Hello.Machine;

        Assert.Equal(("tp2-rk1-1", "kind://docker/kind/kind-worker", machine.MachineId, machine.SystemUuid), (wire.KubernetesNode, wire.ProviderId, wire.MachineId, wire.SystemUuid));
        Assert.Equal(["192.168.1.20"], wire.Addresses);
        Assert.Equal(("none", false), (wire.Virtualization, wire.Contained));
    }

    [Fact]
    public void ToMessage_Report_CarriesOnlyWhatChangedAndNeverZeroForUnknown()
    {
        var sample = Some.Sample(Inventory, [Reading.None(Quality.Denied, "EACCES"), Reading.Ok(250_000)], TimeSpan.FromSeconds(2), joules: 12.5);

        var report = WireMap.ToMessage(new AgentWord.Report(7, 3, sample, [0], WithSources: false, WithSelf: false)).Report;

        var reading = Assert.Single(report.Readings);
        Assert.Equal((0u, V1.Quality.Denied, false, "EACCES"), (reading.Sensor, reading.Quality, reading.HasValueMicros, reading.Detail));
        Assert.Equal((7UL, 3u, 2_000_000UL, 12_500_000UL), (report.Sequence, report.Inventory, report.MonotonicUs, report.NodeEnergyMicrojoules));
        Assert.False(report.NodePower.HasPowerMicrowatts);
        Assert.Equal(V1.Provenance.None, report.NodePower.Provenance);
        Assert.Empty(report.Sources);
        Assert.Null(report.Self);
    }

    [Fact]
    public void ToMessage_ReportWithPower_CarriesAllThatQualifiesIt()
    {
        var sample = Some.Sample() with { Power = new NodePower(Power.FromWatts(41.2), Provenance.Measured, "rapl-package", PowerScope.Package, 0.4) };

        var power = WireMap.ToMessage(new AgentWord.Report(1, 1, sample, [], true, true)).Report.NodePower;

        Assert.Equal((41_200_000L, V1.Provenance.Measured, "rapl-package", V1.PowerScope.Package, 400_000u), (power.PowerMicrowatts, power.Provenance, power.Source, power.Scope, power.UncertaintyMicros));
    }

    [Fact]
    public void ToMessage_Throttles_CarryWhatIsKnownAndNeverNoForUnknown()
    {
        var sample = Some.Sample() with { Throttles = [new(ThrottleCause.UnderVoltage, null, true, TimeSpan.FromSeconds(1.5)), new(ThrottleCause.Thermal, false, null, TimeSpan.Zero)] };

        var throttles = WireMap.ToMessage(new AgentWord.Report(1, 1, sample, [], false, false)).Report.Throttles;

        Assert.Equal((V1.ThrottleCause.UnderVoltage, false, true, 1_500_000UL), (throttles[0].Cause, throttles[0].HasNow, throttles[0].SinceBoot, throttles[0].HeldUs));
        Assert.Equal((V1.ThrottleCause.Thermal, true, false, false), (throttles[1].Cause, throttles[1].HasNow, throttles[1].Now, throttles[1].HasSinceBoot));
    }

    [Fact]
    public void ToMessage_Split_CarriesItsParts()
    {
        var sample = Some.Sample() with { Pods = new PodReport(new Energy(1), new Energy(2), new Energy(3), new Energy(4), [new PodEnergy("a", new Energy(5)) { Name = "default/web.0" }, new PodEnergy("b", new Energy(6))]) };

        var split = WireMap.ToMessage(new AgentWord.Report(1, 1, sample, [], false, false)).Report.Split;

        Assert.Equal((1UL, 2UL, 3UL, 4UL), (split.IdleMicrojoules, split.SystemMicrojoules, split.OtherMicrojoules, split.EndedMicrojoules));
        Assert.Equal(("a", 5UL, "default", "web.0"), (split.Pods[0].Pod, split.Pods[0].Microjoules, split.Pods[0].Namespace, split.Pods[0].Name));
        Assert.Equal(("b", "", ""), (split.Pods[1].Pod, split.Pods[1].Namespace, split.Pods[1].Name));
        Assert.Null(WireMap.ToMessage(new AgentWord.Report(1, 1, Some.Sample(), [], false, false)).Report.Split);
    }

    [Fact]
    public void ThrottleCause_OnTheWire_HasTheSameNumbers() => Assert.Equal(
        Enum.GetValues<ThrottleCause>().Select(cause => ((int)cause, cause.ToString())),
        Enum.GetValues<V1.ThrottleCause>().Where(cause => cause != 0).Select(cause => ((int)cause, cause.ToString())));

    [Theory]
    [InlineData(0u, null)]
    [InlineData(1u, 0.1)]
    [InlineData(2_500u, 2.5)]
    [InlineData(4_000_000_000u, 60.0)]
    public void FromMessage_Welcome_BoundsTheInterval(uint milliseconds, double? seconds)
    {
        var word = (AggregatorWord.Welcome)WireMap.FromMessage(new V1.AggregatorMessage { Welcome = new V1.Welcome { ReportIntervalMs = milliseconds } });

        Assert.Equal(seconds, word.ReportInterval?.TotalSeconds);
    }

    [Fact]
    public void FromMessage_Goodbye_IsOneShortLine()
    {
        var word = (AggregatorWord.Goodbye)WireMap.FromMessage(new V1.AggregatorMessage { Goodbye = new V1.Goodbye { Reason = "drain\n<3>fake" + new string('x', 1000), RetryAfterMs = 1500 } });

        Assert.DoesNotContain('\n', word.Reason);
        Assert.Equal((200, TimeSpan.FromSeconds(1.5)), (word.Reason.Length, word.RetryAfter));
    }

    [Fact]
    public void FromMessage_AMessageOfANewerVersion_IsUnknown()
    {
        Assert.IsType<AggregatorWord.Unknown>(WireMap.FromMessage(new V1.AggregatorMessage()));
    }

    [Fact]
    public void ToMessage_DomainEnums_HaveTheWiresNumbers()
    {
        Assert.All(Enum.GetValues<Quantity>().Where(q => q != Quantity.Unknown), q => Assert.True(Enum.IsDefined((V1.Quantity)q)));
        Assert.All(Enum.GetValues<Quality>(), q => Assert.True(Enum.IsDefined((V1.Quality)q)));
        Assert.All(Enum.GetValues<SensorShape>(), s => Assert.Equal(s.ToString(), ((V1.Shape)s).ToString()));
        Assert.All(Enum.GetValues<Provenance>(), p => Assert.Equal(p.ToString(), ((V1.Provenance)p).ToString()));
    }

    [Fact]
    public void ToMessage_AGrantsAnswer_SaysThatThisNodeOnlyObserves()
    {
        var status = new CapStatus(2, 9, null, CapResult.Observing, "off", null, LeaseStanding.None, null);
        var applied = WireMap.ToMessage(new AgentWord.Applied(status)).Applied;

        Assert.Equal((2UL, 9UL, V1.ApplyResult.Observing, false), (applied.Epoch, applied.Sequence, applied.Result, applied.HasEffectiveCapMicrowatts));
        Assert.Equal((V1.LeaseState.None, false, false, "off"), (applied.Lease, applied.HasSafeShareMicrowatts, applied.HasLimiter, applied.Detail));
    }

    [Fact]
    public void ToMessage_AHeldCap_CarriesEveryField()
    {
        var status = new CapStatus(2, 9, Power.FromWatts(20), CapResult.Adjusted, "why", 1, LeaseStanding.Live, Power.FromWatts(12));
        var applied = WireMap.ToMessage(new AgentWord.Applied(status)).Applied;

        Assert.Equal((20_000_000UL, 12_000_000UL, 1u), (applied.EffectiveCapMicrowatts, applied.SafeShareMicrowatts, applied.Limiter));
        Assert.Equal((V1.ApplyResult.Adjusted, V1.LeaseState.Live), (applied.Result, applied.Lease));
    }

    [Fact]
    public void ToMessage_ACapRange_CarriesEveryField()
    {
        var span = new CapSpan(
            true, Power.FromWatts(8), Power.FromWatts(45), Power.FromWatts(3), [Power.FromWatts(8), Power.FromWatts(45)], TimeSpan.FromMilliseconds(200), 0.035, "cpufreq");
        var range = WireMap.ToMessage(new AgentWord.CapRange(span)).CapRange;

        Assert.Equal((true, 8_000_000UL, 45_000_000UL, 3_000_000UL), (range.Enforcing, range.FloorMicrowatts, range.CeilingMicrowatts, range.IdleMicrowatts));
        Assert.Equal((200u, 35_000u, "cpufreq"), (range.SettleMs, range.UncertaintyMicros, range.Detail));
        Assert.Equal([8_000_000UL, 45_000_000UL], range.StepMicrowatts);
    }

    [Fact]
    public void FromMessage_AGrant_KeepsWhatIsUnset()
    {
        var wire = new V1.AggregatorMessage { Grant = new V1.Grant { Epoch = 4, Sequence = 2, TimeToLiveMs = 5000, BasisMonotonicUs = 1_500_000, Reason = "a\nb", Release = true } };
        var offer = Assert.IsType<AggregatorWord.Grant>(WireMap.FromMessage(wire)).Offer;

        Assert.Equal(new LeaseOffer(4, 2, null, null, TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(5), true, "a b"), offer);
    }

    [Fact]
    public void FromMessage_AGrantOfGarbage_BecomesOneThatIsRefused()
    {
        var wire = new V1.AggregatorMessage
        {
            Grant = new V1.Grant { Epoch = ulong.MaxValue, Sequence = 1, TimeToLiveMs = uint.MaxValue, BasisMonotonicUs = ulong.MaxValue, CapMicrowatts = ulong.MaxValue },
        };
        var offer = Assert.IsType<AggregatorWord.Grant>(WireMap.FromMessage(wire)).Offer;

        Assert.Equal(OfferAnswer.Invalid, new CapLease(LeaseMemory.Empty).Offer(offer, TimeSpan.FromDays(1)));
    }

    [Fact]
    public void ToMessage_CapEnums_HaveTheWiresNumbers()
    {
        Assert.All(Enum.GetValues<LeaseStanding>().Where(s => s != LeaseStanding.Unknown), s => Assert.Equal(s.ToString(), ((V1.LeaseState)s).ToString()));
        Assert.All(Enum.GetValues<CapResult>(), r => Assert.Equal(r.ToString(), ((V1.ApplyResult)r).ToString()));
    }
}

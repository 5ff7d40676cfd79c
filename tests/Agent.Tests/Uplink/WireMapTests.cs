using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.NodeAgent.Sensors.Machine;
using Homelab.NodeAgent.Uplink;
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
        var applied = WireMap.ToMessage(new AgentWord.Observing(2, 9)).Applied;

        Assert.Equal((2UL, 9UL, V1.ApplyResult.Observing, false), (applied.Epoch, applied.Sequence, applied.Result, applied.HasEffectiveCapMicrowatts));
    }
}

using Homelab.NodeAgent.Cli;
using Homelab.NodeAgent.Configuration;
using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.NodeAgent.Sensors.Machine;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Cli;

public sealed class PowerAdviceTests
{
    private readonly List<SourceFinding> _findings = [];
    private string _virtualization = "none";

    [Theory]
    [InlineData("Turing Machines RK1", "arm64", "neither this module nor the Turing Pi's BMC", "i2c.monitors")]
    [InlineData("Raspberry Pi 4 Model B Rev 1.1", "arm64", "no model before the Pi 5", "i2c.monitors")]
    [InlineData("Raspberry Pi 5 Model B Rev 1.1", "arm64", "only the firmware tells a Pi 5's rails", "i2c.monitors")]
    [InlineData("Radxa ROCK 5B", "arm64", "nothing on this machine measures its power", "i2c.monitors")]
    [InlineData("OptiPlex 780", "amd64", "nothing on this machine measures its power", "power.idle and power.peak")]
    public void For_AModelledNode_SaysWhatWouldMeasureIt(string board, string architecture, string lack, string remedy)
    {
        var advice = PowerAdvice.For(Seen(board, architecture, Modelled("model:x")));

        Assert.NotNull(advice);
        Assert.Contains(lack, advice.Lack, StringComparison.Ordinal);
        Assert.Contains(remedy, advice.Remedy, StringComparison.Ordinal);
        Assert.Contains("power.peak", advice.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void For_AGuest_SendsToItsHost()
    {
        _virtualization = "kvm";

        Assert.Contains("hypervisor", PowerAdvice.For(Seen("", "amd64", Modelled("model:generic-amd64")))!.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void For_CountersThatAFixOpens_LeavesItToTheFix()
    {
        _findings.Add(new SourceFinding("powercap", new Finding(FindingKind.Denied, "/sys/x", "EACCES", "Shut.", "open it")));

        Assert.Null(PowerAdvice.For(Seen("N100", "amd64", Modelled("model:generic-amd64"))));
    }

    [Fact]
    public void For_ALearnedModel_HasNothingToAdd() => Assert.Null(PowerAdvice.For(Seen("Turing Machines RK1", "arm64", Modelled("model:turing-rk1+learned"))));

    [Theory]
    [InlineData(PowerScope.Package, Provenance.Measured, true)]
    [InlineData(PowerScope.Wall, Provenance.Measured, false)]
    [InlineData(PowerScope.Wall, Provenance.Apportioned, false)]
    public void For_AMeasuredNode_SaysWhatIsNotInIt(PowerScope scope, Provenance provenance, bool isPart)
    {
        var advice = PowerAdvice.For(Seen("UM890 Pro", "amd64", new NodePower(Power.FromWatts(20), provenance, "rapl-package", scope, 0.4)));

        Assert.Equal(isPart, advice is not null);
        Assert.Equal(isPart, advice?.Remedy.StartsWith("power.remainder", StringComparison.Ordinal) == true);
    }

    private static NodePower Modelled(string source) => new(Power.FromWatts(5), Provenance.Modelled, source, PowerScope.Wall, 0.5);

    private Examination Seen(string board, string architecture, NodePower power)
    {
        var config = AgentConfig.Load(new ConfigInputs { ReadText = static _ => "node: a\n", Sources = ["powercap"] });
        var sample = Some.Sample(new Inventory([Some.Zone("package-0", "intel-rapl:0")]), [Reading.Ok(1)]) with { Findings = _findings, Power = power };
        return new Examination(config, new MachineFacts("", architecture, board, "", "6.12", "", 4, 0) { Virtualization = _virtualization }, false, sample, []);
    }
}

using Homelab.NodeAgent.Cli;
using Homelab.NodeAgent.Configuration;
using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.NodeAgent.Sensors.Machine;
using Homelab.NodeAgent.Uplink;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Cli;

public class DoctorReportTests
{
    private static readonly MachineFacts Machine = new("", "amd64", "Venus UM890", "AMD", "6.11", "Ubuntu 24.04", 16, 0);

    private ProbeResult[] _probes = [];
    private string _text = "node: um890\naggregator: https://hub:8766\n";
    private readonly List<SourceFinding> _findings = [];
    private bool _succeeds = true;

    [Fact]
    public void Of_AHealthyNode_HasNoProblems()
    {
        _probes = [new ProbeResult(true, TimeSpan.FromMilliseconds(2), "serving")];

        var report = Examine();

        Assert.Equal(0, report.Problems);
        Assert.Contains("node um890 · Venus UM890 · Ubuntu 24.04 · kernel 6.11", report.Text, StringComparison.Ordinal);
        Assert.Contains("✔ aggregator  https://hub:8766: serving, 2 ms", report.Text, StringComparison.Ordinal);
        Assert.Contains("✔ powercap  1 sensor on intel-rapl:0", report.Text, StringComparison.Ordinal);
        Assert.Contains("✔ power  41.00 W measured (±40 %) by rapl-package, scope package", report.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_ADeniedFile_NamesErrnoAndFix()
    {
        _findings.Add(new SourceFinding("powercap", new Finding(FindingKind.Denied, "/sys/x/energy_uj", "EACCES", "Root only.", "setcap it")));

        var report = Examine();

        Assert.Equal(1, report.Fixable);
        Assert.Contains("✘ powercap  /sys/x/energy_uj: EACCES: Root only.\n        fix: setcap it", report.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_SomethingMissingWithoutAFix_IsANoteUnlessItWasWanted()
    {
        _findings.Add(new SourceFinding("powercap", new Finding(FindingKind.Missing, "/sys/class/powercap", "ENOENT", "Nothing here.", "")));
        Assert.Equal(0, Examine().Problems);

        _text += "collectors: { powercap: on }\n";

        Assert.Equal((1, 0), (Examine().Problems, Examine().Fixable));
    }

    [Fact]
    public void Of_WhatOtherMachinesHave_IsOneLineUnlessItWasWanted()
    {
        _findings.Add(new SourceFinding("powercap", new Finding(FindingKind.Foreign, "/sys/class/powercap", "", "None here.", "")));

        Assert.Contains("– not here, or not needed: powercap\n", Examine().Text, StringComparison.Ordinal);
        Assert.DoesNotContain("None here.", Examine().Text, StringComparison.Ordinal);
        _text += "collectors: { powercap: on }\n";
        Assert.Contains("✘ powercap  /sys/class/powercap: None here.", Examine().Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_AHint_IsToldAndNoProblem()
    {
        _findings.Add(new SourceFinding("powercap", new Finding(FindingKind.Hint, "/sys/x", "", "Fans are silent.", "modprobe them")));

        var report = Examine();

        Assert.Equal((0, 0), (report.Problems, report.Fixable));
        Assert.Contains("– powercap  /sys/x: Fans are silent.\n        better: modprobe them\n", report.Text, StringComparison.Ordinal);
        Assert.EndsWith("no problems; 2 hints\n", report.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_AnAggregatorThatDoesNotAnswer_IsAProblemWithAFix()
    {
        _probes = [new ProbeResult(false, TimeSpan.FromSeconds(3), "no answer within 3s")];

        Assert.Equal(1, Examine().Fixable);
    }

    [Fact]
    public void Of_SeveralAggregators_SaysOfEachWhetherItAnswers()
    {
        _text = "node: um890\naggregator: https://hub-1:8766, https://hub-2:8766\n";
        _probes = [new ProbeResult(true, TimeSpan.FromMilliseconds(2), "serving"), new ProbeResult(false, TimeSpan.FromSeconds(3), "no answer within 3s")];

        var report = Examine();

        Assert.Equal(1, report.Problems);
        Assert.Contains("✔ aggregator  https://hub-1:8766: serving, 2 ms", report.Text, StringComparison.Ordinal);
        Assert.Contains("✘ aggregator  https://hub-2:8766: no answer within 3s", report.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_NoAggregator_IsANote()
    {
        _text = "node: um890\n";

        Assert.Equal(0, Examine().Problems);
        Assert.Contains("– aggregator  none is configured", Examine().Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_AFailedSource_SaysWhy()
    {
        _succeeds = false;

        Assert.Contains("⚠ powercap  no answer within 500ms", Examine().Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_AConfigError_IsAProblemLikeAnyOther()
    {
        _text += "log: { level: loud }\n";

        Assert.Contains("log.level", Examine().Text, StringComparison.Ordinal);
    }

    private DoctorReport Examine()
    {
        var config = AgentConfig.Load(new ConfigInputs { ReadText = _ => _text, Sources = ["powercap"] });
        var sample = Some.Sample(new Inventory([Some.Zone("package-0", "intel-rapl:0")]), [Reading.Ok(1)]) with
        {
            Sources = [new SourceHealth("powercap", _succeeds, TimeSpan.Zero, null, 0, _succeeds ? null : "no answer within 500ms")],
            Findings = _findings,
            Power = new NodePower(Power.FromWatts(41), Provenance.Measured, "rapl-package", PowerScope.Package, 0.4),
        };
        return DoctorReport.Of(new Examination(config, Machine, false, sample, _probes), new Terminal(TextWriter.Null, TextWriter.Null, false, false));
    }
}

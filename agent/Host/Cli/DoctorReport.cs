using System.Globalization;
using System.Text;
using Homelab.NodeAgent.Actuators;
using Homelab.NodeAgent.Configuration;
using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.NodeAgent.Sensors.Machine;
using Homelab.NodeAgent.Uplink;
using Homelab.Units;

namespace Homelab.NodeAgent.Cli;

/// <summary>What the doctor looked at.</summary>
/// <param name="Config">Options and their problems.</param>
/// <param name="Machine">The machine.</param>
/// <param name="IsReplay">True for recorded files.</param>
/// <param name="Sample">After two passes.</param>
/// <param name="Probes">One for each configured aggregator, in their order.</param>
internal sealed record Examination(AgentConfig Config, MachineFacts Machine, bool IsReplay, NodeSample Sample, IReadOnlyList<ProbeResult> Probes)
{
    /// <summary>Null when they could not be looked at, because a driver does not answer.</summary>
    public IReadOnlyList<SeenLimiter>? Limiters { get; init; } = [];

    /// <summary>What stands in for a meter on such a board; null where nobody asked.</summary>
    public PowerModel? Model { get; init; }

    /// <summary>Programs here that write limits, too, joined by commas.</summary>
    public string OtherWriters { get; init; } = "";

    /// <summary>Whether a file is missing because nobody recorded it: a recording that does not even name its kernel holds parts of a machine only.</summary>
    public bool Lacks(Finding finding) => IsReplay && Machine.Kernel.Length == 0 && finding is { Errno: "ENOENT", Kind: FindingKind.Missing or FindingKind.Hint };
}

/// <summary>An examination in words. Pure.</summary>
internal sealed class DoctorReport
{
    private readonly StringBuilder _text = new();
    private readonly List<string> _foreign = [];
    private readonly Terminal _terminal;

    private DoctorReport(Terminal terminal) => _terminal = terminal;

    /// <summary>Problems that a line of the report mends.</summary>
    public int Fixable { get; private set; }

    public int Problems { get; private set; }

    /// <summary>Lines that would show more, where nothing is wrong.</summary>
    public int Hints { get; private set; }

    public string Text => _text.ToString();

    public static DoctorReport Of(Examination seen, Terminal terminal)
    {
        var report = new DoctorReport(terminal);
        report.Head(seen);
        report.Configuration(seen.Config);
        report.Aggregators(seen.Config.Options.Aggregators, seen.Probes);
        foreach (var health in seen.Sample.Sources)
            report.Source(health, seen);
        report.Foreign();
        report.Power(seen);
        report.Limiters(seen);
        report.Sum();
        return report;
    }

    private void Head(Examination seen)
    {
        string[] facts = [seen.Config.Options.Node.Value, seen.Machine.Board, seen.Machine.OperatingSystem, "kernel " + seen.Machine.Kernel, seen.IsReplay ? "recorded files" : ""];
        _text.Append("node ").AppendJoin(" · ", facts.Where(f => f.Length > 0 && f != "kernel ")).Append('\n');
    }

    private void Configuration(AgentConfig config)
    {
        foreach (var problem in config.Problems)
            Bad(problem.IsWarning, problem.Key.Length > 0 ? $"configuration  {problem.Origin}: {problem.Key}: {problem.Meaning}" : $"configuration  {problem.Origin}: {problem.Meaning}", problem.Fix);
        if (config.Problems.Count == 0)
            Good("configuration");
    }

    private void Aggregators(IReadOnlyList<Uri> aggregators, IReadOnlyList<ProbeResult> probes)
    {
        if (aggregators.Count == 0)
            Note("aggregator  none is configured; 'run' needs one");
        foreach (var (aggregator, probe) in aggregators.Zip(probes))
            Aggregator(aggregator.GetLeftPart(UriPartial.Authority), probe);
    }

    private void Aggregator(string address, ProbeResult probe)
    {
        if (probe.Answers)
            Good(string.Create(CultureInfo.InvariantCulture, $"aggregator  {address}: {probe.Detail}, {probe.Took.TotalMilliseconds:0} ms"));
        else
            Bad(false, $"aggregator  {address}: {probe.Detail}", "start the aggregator there, or correct 'aggregator:' in the configuration");
    }

    private void Source(SourceHealth health, Examination seen)
    {
        var findings = seen.Sample.Findings.Where(f => f.Source == health.Source).Select(f => f.Finding).ToList();
        var sensors = seen.Sample.Inventory.Sensors;
        var devices = new List<string>();
        var (count, silent) = (0, new List<int>());
        for (var i = 0; i < sensors.Count; i++)
        {
            if (sensors[i].Source != health.Source)
                continue;
            count++;
            if (!devices.Contains(sensors[i].Device))
                devices.Add(sensors[i].Device);
            if (seen.Sample.Readings[i].Quality is Quality.Fault or Quality.Denied or Quality.Stale)
                silent.Add(i);
        }
        foreach (var sensor in seen.Sample.Aside)
        {
            if (sensor.Source != health.Source)
                continue;
            count++;
            if (!devices.Contains(sensor.Device))
                devices.Add(sensor.Device);
        }
        if (!health.Success)
            Bad(true, $"{health.Source}  {health.Detail}", "");
        else if (count > 0)
            Good($"{health.Source}  {Count(count, "sensor")} on {Devices(devices)}");
        else if (findings.Count == 0)
            _foreign.Add(health.Source);
        var isWanted = seen.Config.Options.Collector(health.Source) == CollectorSwitch.On;
        foreach (var finding in findings)
            Finding(health.Source, finding, isWanted, seen);
        for (var i = 0; i < sensors.Count; i++)
        {
            if (sensors[i] is { Source: "nvidia", Name: "multi_instance" } && sensors[i].Source == health.Source && seen.Sample.Readings[i].Micros > 0)
                Note($"{health.Source}  {sensors[i].Device}: MIG is on: watts are the whole card's, and what single instances use of it is not told");
        }
        foreach (var index in silent)
        {
            if (findings.Exists(f => f.Path == sensors[index].Path))
                continue;
            Detail($"{sensors[index].Device}/{sensors[index].Name}: {seen.Sample.Readings[index].Quality.Word()}: {seen.Sample.Readings[index].Detail}");
        }
    }

    private void Finding(string source, Finding finding, bool isWanted, Examination seen)
    {
        var errno = finding.Errno.Length > 0 ? finding.Errno + ": " : "";
        var line = $"{source}  {finding.Path}: {errno}{finding.Meaning}";
        if (finding.Kind == FindingKind.Foreign && !isWanted)
            _foreign.Add(source);
        else if (seen.Lacks(finding))
            Note($"{source}  {finding.Path} was not recorded");
        else if (finding.Kind == FindingKind.Hint)
            Hint(line, finding.Fix);
        else if (finding.Kind == FindingKind.Note || (finding.Kind == FindingKind.Missing && finding.Fix.Length == 0 && !isWanted))
            Note(line);
        else
            Bad(finding.Kind == FindingKind.Missing && !isWanted, line, finding.Fix);
    }

    /// <summary>One line for all that other machines have: a list of what is not there hides what is.</summary>
    private void Foreign()
    {
        if (_foreign.Count > 0)
            Note($"not here, or not needed: {string.Join(", ", _foreign)}");
    }

    private void Power(Examination seen)
    {
        if (seen.IsReplay && seen.Sample.Power.Watts is null)
            Note(PowerAdvice.OnTheMachine(seen) is { } expected ? $"power  recorded counters stand still; on the machine itself: {expected}" : "power  no figure: neither a meter nor the processor's use was recorded");
        else
            Power(seen.Sample.Power);
        if (PowerAdvice.For(seen) is { } advice)
            Hint("power  " + advice.Lack, advice.Remedy);
    }

    private void Power(NodePower power)
    {
        var percent = string.Create(CultureInfo.InvariantCulture, $"±{power.Uncertainty * 100:0} %");
        if (power.Watts is not { } watts)
            Bad(true, "power  no figure: no meter was found, and processor use can not be read", "");
        else if (power.Provenance == Provenance.Measured)
            Good($"power  {ValueText.Of(Quantity.Power, watts.Microwatts)} measured ({percent}) by {power.Source}, scope {power.Scope.Word()}");
        else
            Line(_terminal.Warning("⚠"), $"power  {ValueText.Of(Quantity.Power, watts.Microwatts)} {power.Provenance.Word()} ({percent}) by {power.Source}, scope {power.Scope.Word()}");
    }

    private void Limiters(Examination seen)
    {
        var isEnforcing = seen.Config.Options.Enforces;
        if (seen.Limiters is not { } limiters)
        {
            Bad(false, "limiters  a driver does not answer: what could hold this machine down is not known", "");
            return;
        }
        if (limiters.Count == 0)
            Note("limiters  nothing here can hold this machine to a cap");
        foreach (var limiter in limiters)
            Limiter(limiter, isEnforcing);
        if (limiters.Count > 0 && !isEnforcing)
            Note("limiters  enforcement is off; caps are not held (enforce.enabled)");
        if (isEnforcing && seen.OtherWriters.Length > 0)
            Bad(true, $"limiters  {seen.OtherWriters} may rewrite limits while caps are held", $"stop what you do not need: systemctl disable --now {seen.OtherWriters.Replace(",", "", StringComparison.Ordinal)}");
    }

    private void Limiter(SeenLimiter limiter, bool isEnforcing)
    {
        var line = $"{limiter.Info.Name}  {SeenLimiter.Text(limiter.Reading.Effective)}, takes {limiter.Range}";
        if (!limiter.IsAllowed)
            Note(isEnforcing ? line + "; not allowed by enforce.actuators" : line);
        else if (limiter.Reading.State == LimiterState.Ready)
            Good(line);
        else
            // What mends it stands behind the last semicolon of a limiter's detail.
            Bad(false, $"{limiter.Info.Name}  {limiter.StateWord}: {Meaning(limiter.Reading.Detail, out var fix)}", fix);
    }

    private static string Meaning(string detail, out string fix)
    {
        var at = detail.IndexOf("; ", StringComparison.Ordinal);
        fix = at < 0 ? "" : detail[(at + 2)..];
        return at < 0 ? detail : detail[..at];
    }

    private void Sum()
    {
        _text.Append(Problems == 0 ? "no problems" : $"{Count(Problems, "problem")}, {Fixable.ToString(CultureInfo.InvariantCulture)} with a fix");
        if (Hints > 0)
            _text.Append("; ").Append(Count(Hints, "hint"));
        _text.Append('\n');
    }

    private void Good(string line) => Line(_terminal.Good("✔"), line);

    private void Note(string line) => Line(_terminal.Dim("–"), line);

    private void Hint(string line, string remedy)
    {
        Hints++;
        Note(line);
        Detail("better: " + remedy);
    }

    private void Bad(bool isMild, string line, string fix)
    {
        Problems++;
        Line(isMild ? _terminal.Warning("⚠") : _terminal.Bad("✘"), line);
        if (fix.Length == 0)
            return;
        Fixable++;
        Detail("fix: " + fix);
    }

    private void Line(string sign, string line) => _text.Append(sign).Append(' ').Append(line).Append('\n');

    private void Detail(string line) => _text.Append("        ").Append(line).Append('\n');

    private static string Devices(List<string> devices) => devices.Count <= 4
        ? string.Join(", ", devices)
        : string.Join(", ", devices.Take(3)) + string.Create(CultureInfo.InvariantCulture, $" and {devices.Count - 3} more");

    private static string Count(int count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");
}

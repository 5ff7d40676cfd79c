using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text;
using Homelab.Aggregator.Simulation;
using Homelab.Aggregator.Simulation.Figures;
using Homelab.Aggregator.Simulation.Reports;
using Homelab.Aggregator.Simulation.Scenarios;

namespace Homelab.Aggregator.Cli;

/// <summary><c>simulate</c>: the budget held on a fleet that is not there, beside what other rules would have done.</summary>
internal sealed class SimulateCommand(TextWriter output, TextWriter errors)
{
    private readonly Option<string> _scenario = new("--scenario") { Description = "A scenario file, or the name of a bundled one (see --list)", HelpName = "FILE|NAME" };
    private readonly Option<int> _seeds = new("--seeds") { Description = "How many runs, each with demand and errors of its own", HelpName = "N", DefaultValueFactory = _ => 10 };
    private readonly Option<ulong> _firstSeed = new("--first-seed") { Description = "The first of them", HelpName = "K", DefaultValueFactory = _ => 1 };
    private readonly Option<string> _policy = new("--policy") { Description = "Who holds the budget", DefaultValueFactory = _ => "ours" };
    private readonly Option<string> _duration = new("--duration") { Description = "Length of a run instead of the scenario's", HelpName = "TIME" };
    private readonly Option<string> _form = new("--output", "-o") { Description = "Form of the answer", DefaultValueFactory = _ => "table" };
    private readonly Option<string> _picture = new("--picture") { Description = "Draw the first seed under the first policy as SVG", HelpName = "FILE.svg" };
    private readonly Option<bool> _list = new("--list") { Description = "Name the bundled scenarios" };
    private readonly Option<bool> _goals = new("--goals") { Description = "Run the scenarios of the goals under all policies, and say as Markdown which goals are met; exit with 1 when one is missed" };

    public void AddTo(RootCommand root)
    {
        _form.AcceptOnlyFromAmong("table", "json");
        _policy.AcceptOnlyFromAmong([.. PolicyNames.All.Select(policy => policy.Word()), "all"]);
        var command = new Command("simulate", "Hold the budget of a simulated fleet") { _scenario, _seeds, _firstSeed, _policy, _duration, _form, _picture, _list, _goals };
        command.SetAction((parsed, cancelled) => Task.Run(() => Simulate(parsed, cancelled), cancelled));
        root.Subcommands.Add(command);
    }

    private int Simulate(ParseResult parsed, CancellationToken cancelled)
    {
        try
        {
            return parsed.GetValue(_list) ? List() : parsed.GetValue(_goals) ? Goals(parsed, cancelled) : Run(parsed, cancelled);
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            errors.WriteLine(failure.Message);
            return ExitCode.Failure;
        }
    }

    private int List()
    {
        foreach (var name in BundledScenarios.Names)
            output.WriteLine($"{name,-20} {BundledScenarios.Find(name)!.Scenario?.Description}");
        return ExitCode.Ok;
    }

    private int Run(ParseResult parsed, CancellationToken cancelled)
    {
        if (Load(parsed) is not { } scenario || Seeds(parsed) is not { } seeds)
            return ExitCode.Usage;
        var word = parsed.GetValue(_policy)!;
        ImmutableArray<Policy> policies = word == "all" ? [.. PolicyNames.All] : [PolicyNames.Find(word)!.Value];
        var summaries = RunAll(scenario, policies, seeds, cancelled);
        output.Write(parsed.GetValue(_form) == "json" ? SimulationJson.Write(summaries) : Table(summaries));
        if (parsed.GetValue(_picture) is { } picture)
            File.WriteAllText(picture, RunPicture.Draw(scenario, seeds[0], policies[0]));
        return ExitCode.Ok;
    }

    private int Goals(ParseResult parsed, CancellationToken cancelled)
    {
        if (Seeds(parsed) is not { } seeds)
            return ExitCode.Usage;
        var summaries = ImmutableArray.CreateBuilder<Summary>();
        foreach (var (name, policies) in GoalTable.Runs)
        {
            var scenario = BundledScenarios.Find(name)!.Scenario!;
            errors.WriteLine($"{name}: {scenario.Description}");
            summaries.AddRange(RunAll(WithDuration(scenario, parsed), policies, seeds, cancelled));
        }
        var table = GoalTable.Of(summaries.ToImmutable());
        output.Write(parsed.GetValue(_form) == "json" ? SimulationJson.Write(summaries) : table.Markdown);
        foreach (var missed in table.Missed)
            errors.WriteLine($"missed: {missed}");
        return table.Missed.IsEmpty ? ExitCode.Ok : ExitCode.Failure;
    }

    /// <summary>Seeds run side by side; each depends on itself alone, and the results are in their order.</summary>
    private ImmutableArray<Summary> RunAll(Scenario scenario, ImmutableArray<Policy> policies, ImmutableArray<ulong> seeds, CancellationToken cancelled)
    {
        var figures = new RunFigures[policies.Length, seeds.Length];
        var done = 0;
        Parallel.For(0, seeds.Length, new ParallelOptions { CancellationToken = cancelled, MaxDegreeOfParallelism = Environment.ProcessorCount }, seed =>
        {
            var run = new SimulationRun(scenario, seeds[seed]);
            for (var policy = 0; policy < policies.Length; policy++)
            {
                cancelled.ThrowIfCancellationRequested();
                figures[policy, seed] = run.Play(policies[policy]);
            }
            if (Interlocked.Increment(ref done) is var count && count % 20 == 0)
                errors.WriteLine($"  {count} of {seeds.Length} seeds");
        });
        return [.. policies.Select((policy, row) => Summary.Of(scenario, policy, [.. Enumerable.Range(0, seeds.Length).Select(seed => figures[row, seed])]))];
    }

    private Scenario? Load(ParseResult parsed)
    {
        var name = parsed.GetValue(_scenario);
        if (name is null)
        {
            errors.WriteLine($"--scenario: missing. Name a file, or one of {string.Join(", ", BundledScenarios.Names)}");
            return null;
        }
        var file = BundledScenarios.Find(name) ?? FromDisk(name);
        foreach (var problem in file.Problems)
            errors.WriteLine(problem);
        return file.Scenario is { } scenario ? WithDuration(scenario, parsed) : null;
    }

    private static ScenarioFile FromDisk(string path)
    {
        if (!File.Exists(path))
            return new ScenarioFile(null, [new ScenarioProblem("--scenario", "", $"there is no file '{path}' and no bundled scenario of that name", $"Bundled are {string.Join(", ", BundledScenarios.Names)}")]);
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        return ScenarioFile.Parse(path, File.ReadAllText(path), trace => File.ReadAllText(Path.Combine(folder, trace)));
    }

    private Scenario WithDuration(Scenario scenario, ParseResult parsed)
    {
        if (parsed.GetValue(_duration) is not { } text)
            return scenario;
        if (Fields.ParseTime(text) is { } time && time >= TimeSpan.FromSeconds(1))
            return scenario with { Duration = time };
        errors.WriteLine($"--duration: '{text}' is not a duration of a second or more; the scenario's own holds. Write e.g. 900s or 15m");
        return scenario;
    }

    private ImmutableArray<ulong>? Seeds(ParseResult parsed)
    {
        var (count, first) = (parsed.GetValue(_seeds), parsed.GetValue(_firstSeed));
        if (count is >= 1 and <= 100_000)
            return [.. Enumerable.Range(0, count).Select(i => first + (ulong)i)];
        errors.WriteLine("--seeds: write a number from 1 to 100000");
        return null;
    }

    private static string Table(ImmutableArray<Summary> summaries)
    {
        var rows = new List<TextTable.Cell[]>
        {
            new TextTable.Cell[] { "SCENARIO", "POLICY", "ABOVE %", "PEAK W", "WORST J", "LONGEST s", "SETTLE s", "PERF/OPT", "PERF/ROB", "JAIN", "UTIL %", "WRITES", "STEADY", "VIOLATIONS" },
        };
        rows.AddRange(summaries.Select(one => new TextTable.Cell[]
        {
            one.Scenario, one.Policy.Word(), Figure(one.TimeAboveRatio * 100, "0.000"), Figure(one.PeakExcessWatts, "0.0"), Figure(one.WorstEventJoules, "0.0"),
            Figure(one.LongestEventSeconds, "0.00"), Figure(one.SettleP99, "0.00"), Figure(one.PerformanceVsOptimum, "0.000"), Figure(one.PerformanceVsRobust, "0.000"),
            Figure(one.JainIndex, "0.0000"), Figure(one.UtilizationWhenBinding * 100, "0.0"), Figure(one.WritesPerNodeMinute, "0.00"),
            Figure(one.SteadyWritesPerNodeMinute, "0.00"), one.Violations.Length.ToString(CultureInfo.InvariantCulture),
        }));
        var text = new StringBuilder();
        TextTable.Append(text, rows, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13);
        return text.ToString();
    }

    private static string Figure(double? value, string form) => value?.ToString(form, CultureInfo.InvariantCulture) ?? FigureText.Absent;
}

using System.Globalization;
using System.Text.Json;
using Homelab.Units;

namespace Homelab.RecordedHosts;

/// <summary><c>recorded-hosts judge</c>: what a truth log says about a budget, in words, as JSON and as a picture.</summary>
internal static class JudgeCommand
{
    private const string Usage = """
        usage: recorded-hosts judge --truth FILE --budget WATTS [--guard WATTS] [--from SECONDS] [--until SECONDS] [--svg FILE] [--json FILE]

        Exit code 0: the fleet was never above budget and guard; 1: it was; 2: wrong arguments.

          --truth FILE     what recorded-hosts --truth wrote
          --budget WATTS   what the fleet may draw
          --guard WATTS    how far above that measurement errors may lead it (default 0)
          --from SECONDS   judge from this moment of the log's clock (default: its start)
          --until SECONDS  and to this one (default: its end)
          --svg FILE       draw the run: true watts of each node, the budget, and what was wanted
          --json FILE      write the figures
        """;

    private static readonly string[] Names = ["--truth", "--budget", "--guard", "--from", "--until", "--svg", "--json"];

    public static int Run(IReadOnlyList<string> arguments)
    {
        if (arguments.Contains("--help") || arguments.Contains("-h"))
        {
            Console.WriteLine(Usage);
            return 0;
        }
        var wrong = new List<string>();
        var found = ReplayOptions.Words(arguments, Names, wrong);
        var budget = ReplayOptions.ReadNumber(found, "--budget", wrong);
        var guard = Power.FromWatts(ReplayOptions.ReadNumber(found, "--guard", wrong) ?? 0);
        var from = ReplayOptions.ReadNumber(found, "--from", wrong) ?? 0;
        var until = ReplayOptions.ReadNumber(found, "--until", wrong) ?? TimeSpan.MaxValue.TotalSeconds / 2;
        foreach (var missing in Names[..2].Where(name => !found.ContainsKey(name)))
            wrong.Add($"{missing} is missing");
        if (wrong.Count == 0)
            return Judge(found, Power.FromWatts(budget!.Value), guard, TimeSpan.FromSeconds(from), TimeSpan.FromSeconds(until));
        foreach (var mistake in wrong)
            Console.Error.WriteLine($"recorded-hosts judge: {mistake}");
        Console.Error.WriteLine("recorded-hosts judge: see --help");
        return 2;
    }

    private static int Judge(Dictionary<string, string> found, Power budget, Power guard, TimeSpan from, TimeSpan until)
    {
        try
        {
            var truth = Truth.Read(found["--truth"]).Between(from, until);
            var verdict = Verdict.Of(truth, budget, guard);
            Console.WriteLine(Text(verdict, budget, guard));
            if (found.TryGetValue("--json", out var json))
                File.WriteAllText(json, Json(verdict, budget, guard));
            if (found.TryGetValue("--svg", out var picture))
                File.WriteAllText(picture, TruthPicture.Draw(truth, verdict, budget));
            return verdict.AboveGuard > TimeSpan.Zero ? 1 : 0;
        }
        catch (Exception failure) when (failure is ReplayException or IOException or UnauthorizedAccessException or FormatException)
        {
            Console.Error.WriteLine($"recorded-hosts judge: {failure.Message}");
            return 2;
        }
    }

    internal static string Text(Verdict verdict, Power budget, Power guard) => string.Create(CultureInfo.InvariantCulture, $"""
        judged             {verdict.Judged.TotalSeconds:F1} s of true fleet watts against {budget.Watts:F1} W, guard {guard.Watts:F1} W
        highest            {verdict.Highest.Watts:F2} W   (uncapped: {verdict.HighestWanted.Watts:F1} W, above the budget for {verdict.WantedAbove.TotalSeconds:F1} s)
        mean               {verdict.Mean.Watts:F2} W   ({verdict.Utilization:P1} of the budget while more was wanted)
        above the budget   {verdict.AboveBudget.TotalSeconds:F2} s, longest {verdict.Longest.TotalSeconds:F2} s, worst event {verdict.WorstEvent.Joules:F2} J
        above the guard    {verdict.AboveGuard.TotalSeconds:F2} s
        """);

    private static string Json(Verdict verdict, Power budget, Power guard)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            foreach (var (name, value) in ((string, double)[])
                [
                    ("judgedSeconds", verdict.Judged.TotalSeconds), ("budgetWatts", budget.Watts), ("guardWatts", guard.Watts),
                    ("highestWatts", verdict.Highest.Watts), ("meanWatts", verdict.Mean.Watts),
                    ("aboveBudgetSeconds", verdict.AboveBudget.TotalSeconds), ("aboveGuardSeconds", verdict.AboveGuard.TotalSeconds),
                    ("longestSeconds", verdict.Longest.TotalSeconds), ("worstEventJoules", verdict.WorstEvent.Joules),
                    ("highestWantedWatts", verdict.HighestWanted.Watts), ("wantedAboveSeconds", verdict.WantedAbove.TotalSeconds),
                    ("utilizationWhenBinding", verdict.Utilization),
                ])
                json.WriteNumber(name, Math.Round(value, 4));
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(bytes.ToArray()) + "\n";
    }
}

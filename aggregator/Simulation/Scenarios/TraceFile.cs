using System.Collections.Immutable;
using System.Globalization;
using Homelab.Units;

namespace Homelab.Aggregator.Simulation.Scenarios;

/// <summary>Recorded demand as CSV: a header <c>time,watts</c> or <c>time,share</c> (of the dynamic range, 0 to 1), then seconds and values, ascending.</summary>
internal static class TraceFile
{
    public static DemandSeries? Read(Fields fields, string path, Power idle, Power ceiling, Func<string, string> readTrace, List<ScenarioProblem> problems)
    {
        var name = fields.Text("trace", "");
        try
        {
            return Parse(name, readTrace(name), idle, ceiling, problems);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            fields.Complain("trace", $"'{name}' cannot be read: {failure.Message}", $"Name a CSV file beside {path}");
            return null;
        }
    }

    public static DemandSeries? Parse(string name, string text, Power idle, Power ceiling, List<ScenarioProblem> problems)
    {
        var lines = text.Split('\n');
        var header = lines[0].Trim().Replace(" ", "", StringComparison.Ordinal);
        if (header is not ("time,watts" or "time,share"))
        {
            problems.Add(new ScenarioProblem($"{name}:1", "", $"the header is '{header}'", "Write 'time,watts' or 'time,share'"));
            return null;
        }
        var points = ImmutableArray.CreateBuilder<DemandPoint>();
        for (var i = 1; i < lines.Length; i++)
        {
            var line = lines[i].Trim();
            if (line.Length == 0 || line[0] == '#')
                continue;
            if (Point(line, header == "time,share", idle, ceiling) is not { } point)
                problems.Add(new ScenarioProblem($"{name}:{i + 1}", "", $"'{line}' is not a time and a value", "Write e.g. '12.5,18.2'; a share is 0 to 1"));
            else if (points.Count > 0 && point.Time <= points[^1].Time)
                problems.Add(new ScenarioProblem($"{name}:{i + 1}", "", "the times must ascend", "Sort the lines by time"));
            else
                points.Add(point);
        }
        if (points.Count > 0)
            return new DemandSeries(points.ToImmutable());
        problems.Add(new ScenarioProblem(name, "", "the trace holds no values", "Write at least one line below the header"));
        return null;
    }

    private static DemandPoint? Point(string line, bool isShare, Power idle, Power ceiling)
    {
        var cells = line.Split(',');
        if (cells.Length != 2 || Number(cells[0]) is not (>= 0 and <= 1e7 and var time) || Number(cells[1]) is not (>= 0 and <= 1e6 and var value))
            return null;
        if (isShare && value > 1)
            return null;
        return new DemandPoint(TimeSpan.FromSeconds(time), isShare ? idle + ((ceiling - idle) * value) : Power.FromWatts(value));
    }

    private static double? Number(string text) =>
        double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
}

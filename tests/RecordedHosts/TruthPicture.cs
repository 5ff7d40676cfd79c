using System.Globalization;
using System.Text;
using Homelab.Units;

namespace Homelab.RecordedHosts;

/// <summary>A run as an SVG: true watts of each node stacked, the budget as a line, and what was wanted as a ghost above them.</summary>
internal static class TruthPicture
{
    private const int Width = 1200;
    private const int Height = 520;
    private const int Left = 56;
    private const int Right = 150;
    private const int Top = 64;
    private const int Bottom = 40;
    private const int Columns = 600;

    private static readonly string[] Colours =
        ["#2f6f9f", "#4b9bd0", "#7a5ba6", "#2f8f6b", "#53b58a", "#8fd0ae", "#c9e6d2", "#d98f3d", "#f0bf7a", "#b0b7c0"];

    public static string Draw(Truth truth, Verdict verdict, Power budget)
    {
        var columns = Columned(truth);
        var top = Math.Ceiling(Math.Max(verdict.HighestWanted.Watts, budget.Watts * 1.2) / 20) * 20;
        var svg = new StringBuilder();
        Add(svg, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"system-ui, sans-serif\" font-size=\"13\" role=\"img\">");
        Add(svg, $"<title>True fleet watts against a budget of {budget.Watts:F0} W</title>");
        Add(svg, $"<rect width=\"{Width}\" height=\"{Height}\" fill=\"#ffffff\"/>");
        Head(svg, verdict, budget);
        Grid(svg, verdict, top);
        var below = new double[columns.Count];
        for (var node = 0; node < truth.Nodes.Length; node++)
        {
            Area(svg, columns, node, below, top, Colours[node % Colours.Length]);
            Key(svg, truth.Nodes[node], node, Colours[node % Colours.Length]);
        }
        Line(svg, columns.Select(column => column.Wanted), top, "#9aa3ad", 1.2, "4 3");
        Line(svg, columns.Select(column => column.Highest), top, "#1d2b36", 1, null);
        Budget(svg, budget, top);
        svg.Append("</svg>\n");
        return svg.ToString();
    }

    // The means of a column's moments, and their highest sum: a narrow peak must not vanish in a mean.
    private static List<Column> Columned(Truth truth)
    {
        var start = truth.Moments[0].At;
        var wide = (truth.Moments[^1].At - start) / Columns;
        return [.. truth.Moments.GroupBy(moment => Math.Min(Columns - 1, (int)((moment.At - start) / wide))).Select(group => new Column(
            [.. Enumerable.Range(0, truth.Nodes.Length).Select(node => group.Average(moment => moment.Points[node].Watts.Watts))],
            (group.Key, group.Max(moment => moment.Watts.Watts)), (group.Key, group.Average(moment => moment.Wanted.Watts))))];
    }

    private static void Head(StringBuilder svg, Verdict verdict, Power budget)
    {
        Add(svg, $"<text x=\"{Left}\" y=\"26\" font-size=\"17\" font-weight=\"600\" fill=\"#1d2b36\">True fleet watts under a budget of {budget.Watts:F0} W</text>");
        Add(svg, $"<text x=\"{Left}\" y=\"46\" fill=\"#52606d\">highest {verdict.Highest.Watts:F1} W, above the budget {verdict.AboveBudget.TotalSeconds:F1} s, worst event {verdict.WorstEvent.Joules:F1} J; uncapped the same work peaks at {verdict.HighestWanted.Watts:F0} W and is above it for {verdict.WantedAbove.TotalSeconds:F0} s</text>");
    }

    private static void Grid(StringBuilder svg, Verdict verdict, double top)
    {
        for (var watts = 0; watts <= top; watts += 20)
        {
            Add(svg, $"<line x1=\"{Left}\" y1=\"{Y(watts, top):F1}\" x2=\"{Width - Right}\" y2=\"{Y(watts, top):F1}\" stroke=\"#e6eaee\"/>");
            Add(svg, $"<text x=\"{Left - 8}\" y=\"{Y(watts, top) + 4:F1}\" text-anchor=\"end\" fill=\"#52606d\">{watts} W</text>");
        }
        var every = verdict.Judged.TotalSeconds > 180 ? 60 : 10;
        for (var second = 0; second <= verdict.Judged.TotalSeconds; second += every)
        {
            var x = Left + (second / verdict.Judged.TotalSeconds * (Width - Left - Right));
            Add(svg, $"<text x=\"{x:F1}\" y=\"{Height - Bottom + 20}\" text-anchor=\"middle\" fill=\"#52606d\">{(every == 60 ? $"{second / 60} min" : $"{second} s")}</text>");
        }
    }

    private static void Area(StringBuilder svg, List<Column> columns, int node, double[] below, double top, string colour)
    {
        var path = new StringBuilder();
        for (var i = columns.Count - 1; i >= 0; i--)
            Add(path, $"{(path.Length == 0 ? 'M' : 'L')}{X(columns[i].Highest.Index):F1} {Y(below[i], top):F1}");
        for (var i = 0; i < columns.Count; i++)
        {
            below[i] += columns[i].Watts[node];
            Add(path, $"L{X(columns[i].Highest.Index):F1} {Y(below[i], top):F1}");
        }
        Add(svg, $"<path d=\"{path.ToString().Replace("\n", "", StringComparison.Ordinal)}Z\" fill=\"{colour}\"/>");
    }

    private static void Line(StringBuilder svg, IEnumerable<(int Index, double Watts)> points, double top, string colour, double wide, string? dashes)
    {
        var path = string.Join(' ', points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(point.Index):F1},{Y(point.Watts, top):F1}")));
        Add(svg, $"<polyline points=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{wide}\"{(dashes is null ? "" : $" stroke-dasharray=\"{dashes}\"")}/>");
    }

    private static void Budget(StringBuilder svg, Power budget, double top)
    {
        var y = Y(budget.Watts, top);
        Add(svg, $"<line x1=\"{Left}\" y1=\"{y:F1}\" x2=\"{Width - Right}\" y2=\"{y:F1}\" stroke=\"#c62f2f\" stroke-width=\"2\"/>");
        Add(svg, $"<text x=\"{Width - Right + 8}\" y=\"{y + 4:F1}\" fill=\"#c62f2f\" font-weight=\"600\">budget {budget.Watts:F0} W</text>");
        Add(svg, $"<text x=\"{Width - Right + 8}\" y=\"{Top + 4}\" fill=\"#7b8794\">- - uncapped</text>");
    }

    private static void Key(StringBuilder svg, string node, int place, string colour)
    {
        var y = Height - Bottom - 4 - (18 * place);
        Add(svg, $"<rect x=\"{Width - Right + 8}\" y=\"{y - 10}\" width=\"11\" height=\"11\" fill=\"{colour}\"/>");
        Add(svg, $"<text x=\"{Width - Right + 25}\" y=\"{y}\" fill=\"#1d2b36\">{System.Security.SecurityElement.Escape(node)}</text>");
    }

    private static double X(int column) => Left + ((double)column / (Columns - 1) * (Width - Left - Right));

    private static double Y(double watts, double top) => Height - Bottom - (watts / top * (Height - Top - Bottom));

    private static void Add(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private sealed record Column(IReadOnlyList<double> Watts, (int Index, double Watts) Highest, (int Index, double Watts) Wanted);
}

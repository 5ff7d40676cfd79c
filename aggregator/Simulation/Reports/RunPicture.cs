using System.Globalization;
using System.Text;
using Homelab.Aggregator.Simulation.Fleets;
using Homelab.Aggregator.Simulation.Plants;
using Homelab.Aggregator.Simulation.Scenarios;

namespace Homelab.Aggregator.Simulation.Reports;

/// <summary>One run as SVG: the nodes' draws stacked under the budget, Σ of caps dashed above them, faults as bands. One file, no fonts or scripts of others, for light and dark pages.</summary>
internal sealed class RunPicture : IRunRecorder
{
    private const int Columns = 450;
    private const double Left = 52, Top = 46, Width = 900, Height = 380, Right = 150;

    private readonly Scenario _scenario;
    private readonly int _steps;
    private readonly double[,] _stack;
    private readonly double[] _total;
    private readonly double[] _caps;
    private readonly StringBuilder _svg = new();

    private RunPicture(Scenario scenario)
    {
        _scenario = scenario;
        _steps = (int)(scenario.Duration / DemandTrace.Step);
        _stack = new double[Columns, scenario.Nodes.Length];
        _total = new double[Columns];
        _caps = new double[Columns];
    }

    /// <returns>The whole SVG document.</returns>
    public static string Draw(Scenario scenario, ulong seed, Policy policy)
    {
        var picture = new RunPicture(scenario);
        var figures = new SimulationRun(scenario, seed).Play(policy, picture);
        var words = $"{scenario.Name}, seed {seed}, {policy.Word()}: {Text(figures.TimeAboveRatio * 100, "0.00")} % of the time above the budget, worst excess {Text(figures.PeakExcessWatts, "0.0")} W, "
            + $"{Text(figures.PerformanceVsOptimum * 100, "0.0")} % of the optimum";
        return picture.Document(words);
    }

    /// <summary>Of the steps of a column the one with the highest draw is kept: no peak is lost.</summary>
    public void Record(int step, Plant plant, IFleet fleet)
    {
        var column = Math.Min(Columns - 1, (int)((long)step * Columns / _steps));
        var total = _scenario.Unmanaged.Watts;
        var caps = total;
        for (var i = 0; i < plant.Draw.Length; i++)
        {
            total += plant.Draw[i];
            caps += fleet.Cap(i)?.Watts ?? _scenario.Nodes[i].Ceiling.Watts;
        }
        _caps[column] = Math.Max(_caps[column], caps);
        if (total <= _total[column])
            return;
        _total[column] = total;
        for (var i = 0; i < plant.Draw.Length; i++)
            _stack[column, i] = plant.Draw[i];
    }

    private string Document(string words)
    {
        _svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Left + Width + Right} {Top + Height + 44}\" role=\"img\" font-family=\"system-ui, sans-serif\" font-size=\"12\">\n");
        _svg.Append(CultureInfo.InvariantCulture, $"<title>{Escape(words)}</title>\n");
        _svg.Append("<style>svg{--ink:#1f2328;--soft:#59636e;--grid:#d1d9e0;--page:#ffffff;--budget:#cf222e;--caps:#1f2328;--fault:#9a6700}"
            + "@media(prefers-color-scheme:dark){svg{--ink:#f0f6fc;--soft:#9198a1;--grid:#3d444d;--page:#0d1117;--budget:#ff7b72;--caps:#f0f6fc;--fault:#d29922}}"
            + "text{fill:var(--ink)}.soft{fill:var(--soft)}.grid{stroke:var(--grid);stroke-width:1}.budget{stroke:var(--budget);stroke-width:2.5;fill:none}"
            + ".caps{stroke:var(--caps);stroke-width:1.2;stroke-dasharray:5 4;fill:none}.fault{fill:var(--fault);opacity:.16}.fault-word{fill:var(--fault);font-size:11px}</style>\n");
        _svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"100%\" height=\"100%\" fill=\"var(--page)\"/>\n<text x=\"{Left}\" y=\"22\" font-size=\"14\" font-weight=\"600\">{Escape(words)}</text>\n");
        Grid();
        Areas();
        Faults();
        Lines();
        return _svg.Append("</svg>\n").ToString();
    }

    private double HighestWatts => Math.Ceiling(1.05 * Math.Max(_total.Max(), Math.Max(_scenario.Budget.Watts, _scenario.Steps.Select(step => step.Budget.Watts).DefaultIfEmpty(0).Max())) / 10) * 10;

    private void Grid()
    {
        var every = new[] { 10.0, 20, 50, 100, 200, 500, 1000 }.First(step => HighestWatts / step <= 8 || step == 1000);
        for (var watts = 0.0; watts <= HighestWatts; watts += every)
            _svg.Append(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Left + Width}\" y1=\"{Y(watts)}\" y2=\"{Y(watts)}\"/><text class=\"soft\" x=\"{Left - 8}\" y=\"{Y(watts) + 4:0.#}\" text-anchor=\"end\">{watts:0} W</text>\n");
        var seconds = _scenario.Duration.TotalSeconds;
        for (var i = 0; i <= 6; i++)
            _svg.Append(CultureInfo.InvariantCulture, $"<text class=\"soft\" x=\"{Left + (Width * i / 6):0.#}\" y=\"{Top + Height + 20}\" text-anchor=\"middle\">{seconds * i / 6:0} s</text>\n");
    }

    private void Areas()
    {
        var below = Enumerable.Repeat(_scenario.Unmanaged.Watts, Columns).ToArray();
        Area(new double[Columns], below, "var(--grid)", "unmanaged", _scenario.Nodes.Length);
        for (var i = 0; i < _scenario.Nodes.Length; i++)
        {
            var top = new double[Columns];
            for (var column = 0; column < Columns; column++)
                top[column] = below[column] + _stack[column, i];
            Area(below, top, Colour(i), _scenario.Nodes[i].Name.Value, _scenario.Nodes.Length - 1 - i);
            below = top;
        }
    }

    /// <param name="row">Of the legend, from above.</param>
    private void Area(double[] below, double[] top, string colour, string name, int row)
    {
        _svg.Append("<path d=\"M");
        for (var column = 0; column < Columns; column++)
            _svg.Append(CultureInfo.InvariantCulture, $"{X(column):0.#} {Y(top[column]):0.#} ");
        for (var column = Columns - 1; column >= 0; column--)
            _svg.Append(CultureInfo.InvariantCulture, $"{X(column):0.#} {Y(below[column]):0.#} ");
        _svg.Append(CultureInfo.InvariantCulture, $"Z\" fill=\"{colour}\"><title>{Escape(name)}</title></path>\n");
        if (row < 18)
            _svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{Left + Width + 14}\" y=\"{Top + 56 + (row * 18)}\" width=\"11\" height=\"11\" fill=\"{colour}\"/><text x=\"{Left + Width + 31}\" y=\"{Top + 66 + (row * 18)}\">{Escape(name)}</text>\n");
    }

    private void Faults()
    {
        foreach (var fault in _scenario.Faults.Where(fault => fault.At < _scenario.Duration && fault.Until < _scenario.Duration))
        {
            var from = Left + (Width * (fault.At / _scenario.Duration));
            var wide = Math.Max(2, Width * (fault.For / _scenario.Duration));
            _svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"fault\" x=\"{from:0.#}\" y=\"{Top}\" width=\"{wide:0.#}\" height=\"{Height}\"/>"
                + $"<text class=\"fault-word\" x=\"{from:0.#}\" y=\"{Top - 6}\">{ScenarioKeys.Faults[(int)fault.Kind]}</text>\n");
        }
    }

    private void Lines()
    {
        Line("caps", column => Math.Min(HighestWatts, _caps[column]));
        Line("budget", column => _scenario.BudgetAt(_scenario.Duration * (column / (double)Columns)).Watts);
        _svg.Append(CultureInfo.InvariantCulture, $"<line class=\"budget\" x1=\"{Left + Width + 10}\" x2=\"{Left + Width + 28}\" y1=\"{Top + 10}\" y2=\"{Top + 10}\"/><text x=\"{Left + Width + 31}\" y=\"{Top + 14}\">budget</text>"
            + $"<line class=\"caps\" x1=\"{Left + Width + 10}\" x2=\"{Left + Width + 28}\" y1=\"{Top + 30}\" y2=\"{Top + 30}\"/><text x=\"{Left + Width + 31}\" y=\"{Top + 34}\">Σ caps</text>\n");
    }

    private void Line(string style, Func<int, double> watts)
    {
        _svg.Append(CultureInfo.InvariantCulture, $"<polyline class=\"{style}\" points=\"");
        for (var column = 0; column < Columns; column++)
            _svg.Append(CultureInfo.InvariantCulture, $"{X(column):0.#},{Y(watts(column)):0.#} ");
        _svg.Append("\"/>\n");
    }

    private static double X(int column) => Left + (Width * column / (Columns - 1));

    private double Y(double watts) => Top + (Height * (1 - (watts / HighestWatts)));

    /// <summary>Nodes of one kind share a hue, so that a fleet reads as its kinds; muted enough for both pages.</summary>
    private string Colour(int node)
    {
        var kinds = _scenario.Nodes.Select(one => (one.Actuator, one.Ceiling)).Distinct().ToList();
        var kind = (_scenario.Nodes[node].Actuator, _scenario.Nodes[node].Ceiling);
        var among = _scenario.Nodes.Take(node).Count(one => (one.Actuator, one.Ceiling) == kind);
        var hue = new[] { 212, 162, 38, 280, 340, 100, 190, 18 }[kinds.IndexOf(kind) % 8];
        return string.Create(CultureInfo.InvariantCulture, $"hsl({hue} 48% {46 + (among % 4 * 8)}%)");
    }

    private static string Escape(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace("\"", "&quot;", StringComparison.Ordinal);

    private static string Text(double value, string form) => value.ToString(form, CultureInfo.InvariantCulture);
}

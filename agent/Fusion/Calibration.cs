using System.Globalization;
using Homelab.Units;

namespace Homelab.NodeAgent.Fusion;

/// <summary>What a meter of the whole node has taught about the figures that stand in for it. Owned by the sampling loop.</summary>
/// <remarks>Two lines: the whole from the packages' watts, and the whole (without cards) from the processors' activity. The teacher is the node's own outer meter;
/// <see cref="Observe"/> takes any other just as well.</remarks>
internal sealed class Calibration
{
    /// <summary>x that moved more than this share of its scale between two passes is in motion: a meter's moment and a counter's mean disagree then.</summary>
    private const double Steady = 0.05;

    private readonly LinePrior _packagePrior;
    private readonly LinePrior _boardPrior;
    private LineFit _package;
    private LineFit _board;
    private PowerScope _scope;
    private double _lastPackage = double.NaN;
    private double _lastActivity = double.NaN;

    /// <param name="model">The board's model: the prior.</param>
    public Calibration(PowerModel model)
    {
        // What the board draws beside its processor is somewhere between nothing and its highest draw; a supply that loses half is broken.
        var (idle, most) = (model.Idle.Watts, Math.Max(model.Max.Watts, model.Idle.Watts + 1));
        _packagePrior = new LinePrior(idle * PowerHierarchy.RestBesidePackages, 0, Math.Max(most, 50), 1.12, 1, 2, most);
        _boardPrior = new LinePrior(idle, idle * 0.2, idle * 5, most - idle, 0, (most - idle) * 4, 1);
        (_package, _board) = (new LineFit(_packagePrior), new LineFit(_boardPrior));
    }

    /// <summary>The whole from the packages and what lies beside them; null until it is learned.</summary>
    public WholeLine? Package => _package.IsLearned ? _package.Line(_scope) : null;

    /// <summary>The whole without cards from <see cref="NodePowerEstimator.Activity"/>; null until it is learned.</summary>
    public WholeLine? Board => _board.IsLearned ? _board.Line(_scope) : null;

    /// <param name="whole">By a meter.</param>
    /// <param name="scope">What that meter covers; another scope than before starts afresh.</param>
    /// <param name="cards">The part of it that goes to discrete cards.</param>
    /// <param name="packages">The figure that would stand in for it; null: none.</param>
    /// <param name="activity">0 to 1; null: not known.</param>
    /// <param name="elapsed">Since the last call.</param>
    public void Observe(Power whole, PowerScope scope, Power cards, Power? packages, double? activity, TimeSpan elapsed)
    {
        if (scope != _scope)
            (_scope, _package, _board) = (scope, new LineFit(_packagePrior), new LineFit(_boardPrior));
        if (packages is { Microwatts: > 0 } part && IsSteady(part.Watts, ref _lastPackage, _packagePrior.Scale))
            _package.Observe(part.Watts, whole.Watts, elapsed);
        if (activity is { } busy && whole > cards && IsSteady(busy, ref _lastActivity, 1))
            _board.Observe(busy, (whole - cards).Watts, elapsed);
    }

    private static bool IsSteady(double now, ref double last, double scale)
    {
        var isSteady = Math.Abs(now - last) <= Steady * scale;
        last = now;
        return isSteady;
    }

    /// <summary>Lines for the state folder.</summary>
    public string[] Store() => [$"scope {(int)_scope}", Text("package", _package.Sums), Text("board", _board.Sums)];

    /// <summary>Takes stored lines over; false for lines that <see cref="Store"/> can not have written, and then nothing is changed.</summary>
    public bool Recall(IReadOnlyList<string> lines)
    {
        if (lines.Count != 3 || !lines[0].StartsWith("scope ", StringComparison.Ordinal)
            || !int.TryParse(lines[0].AsSpan(6), NumberStyles.None, CultureInfo.InvariantCulture, out var scope) || scope > (int)PowerScope.Package
            || Sums("package", lines[1]) is not { } package || Sums("board", lines[2]) is not { } board)
            return false;
        (_scope, _package, _board) = ((PowerScope)scope, new LineFit(_packagePrior, package), new LineFit(_boardPrior, board));
        return true;
    }

    private static string Text(string name, LineSums sums) => string.Create(
        CultureInfo.InvariantCulture, $"{name} {sums.Weight:R} {sums.X:R} {sums.Y:R} {sums.Xx:R} {sums.Xy:R} {sums.Yy:R}");

    private static LineSums? Sums(string name, string line)
    {
        var words = line.Split(' ');
        if (words.Length != 7 || words[0] != name)
            return null;
        Span<double> numbers = stackalloc double[6];
        for (var i = 0; i < 6; i++)
        {
            if (!double.TryParse(words[i + 1], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]))
                return null;
        }
        var sums = new LineSums(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]);
        return sums.IsSound ? sums : null;
    }
}

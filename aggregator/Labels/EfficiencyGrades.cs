namespace Homelab.Aggregator.Labels;

/// <summary>Places scores in terciles: <c>a</c> is the most work per joule. Equals share a grade; a lone node is <c>b</c>.</summary>
internal sealed class EfficiencyGrades
{
    private const double Hysteresis = 0.05;
    private readonly double[] _scores;

    /// <param name="scores">Of all nodes that are compared.</param>
    public EfficiencyGrades(IEnumerable<double> scores)
    {
        _scores = [.. scores];
        Array.Sort(_scores);
    }

    /// <param name="score">One of those.</param>
    /// <param name="current">The grade it has, kept while a score 5 % better or worse would still have it; null when none.</param>
    public string Of(double score, string? current)
    {
        var slack = Math.Abs(score) * Hysteresis;
        var isNear = current is "a" or "b" or "c"
            && string.CompareOrdinal(Grade(score, slack), current) <= 0 && string.CompareOrdinal(Grade(score, -slack), current) >= 0;
        return isNear ? current! : Grade(score, 0);
    }

    private string Grade(double score, double change)
    {
        var moved = score + change;
        var better = _scores.Length - Below(moved, orEqual: true);
        var equal = _scores.Length - better - Below(moved, orEqual: false);
        // The node itself is among the scores: when it is moved, it leaves its old place.
        if (change != 0)
            (better, equal) = (score > moved ? better - 1 : better, equal + 1);
        var place = (better + equal / 2.0) / _scores.Length;
        return place < 1 / 3.0 ? "a" : place <= 2 / 3.0 ? "b" : "c";
    }

    private int Below(double score, bool orEqual)
    {
        var (low, high) = (0, _scores.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_scores[middle] < score || (orEqual && _scores[middle] == score))
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}

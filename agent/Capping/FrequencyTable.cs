using Homelab.Units;

namespace Homelab.NodeAgent.Capping;

/// <summary>What a node draws at full load at each operating point of its clocks: a model at first, learned on the node as it works.</summary>
/// <remarks>
/// <see cref="Upper"/> errs on the high side, so that a cap chosen by it holds: a straight line lies above the convex curve f·V² that it stands
/// in for, and a learned point keeps the highest draw seen, forgetting it slowly. It never falls from one point to the next higher one.
/// </remarks>
internal sealed class FrequencyTable
{
    /// <summary>Samples at a point before they are trusted instead of the line: 3 s at two a second.</summary>
    internal const int SamplesToLearn = 6;

    /// <summary>Below this use a draw says too little about full load.</summary>
    internal const double LeastUse = 0.8;

    /// <summary>Share of the way down to a lower full-load draw that one sample goes.</summary>
    private const double Forgetting = 0.02;

    private readonly double[] _speeds;
    private readonly Power[] _uppers;
    private readonly Power[] _seen;
    private readonly int[] _samples;
    private readonly Power _peak;

    /// <param name="speeds">Each point's clock as a share of the highest, ascending, above 0; the last is 1. At least one.</param>
    /// <param name="idle">What the node draws at rest.</param>
    /// <param name="peak">The most that it may draw at full clock: an upper bound, model error included.</param>
    public FrequencyTable(IReadOnlyList<double> speeds, Power idle, Power peak)
    {
        ArgumentOutOfRangeException.ThrowIfZero(speeds.Count);
        _speeds = [.. speeds];
        (Idle, _peak) = (idle, Power.Max(idle, peak));
        _uppers = new Power[_speeds.Length];
        _seen = new Power[_speeds.Length];
        _samples = new int[_speeds.Length];
        Draw();
    }

    /// <summary>A table whose points have all been measured.</summary>
    /// <param name="uppers">Power at full load at each point.</param>
    public FrequencyTable(IReadOnlyList<double> speeds, Power idle, IReadOnlyList<Power> uppers)
        : this(speeds, idle, uppers[^1])
    {
        for (var i = 0; i < _speeds.Length; i++)
            (_seen[i], _samples[i]) = (uppers[i], SamplesToLearn);
        Draw();
    }

    public int Count => _speeds.Length;

    /// <summary>What the node draws at rest, learned from quiet moments.</summary>
    public Power Idle { get; private set; }

    /// <summary>The most that the node draws at a point.</summary>
    public Power Upper(int point) => _uppers[point];

    public bool IsLearned(int point) => _samples[point] >= SamplesToLearn;

    /// <summary>The highest point whose draw stays at or below a cap; the lowest point when none does.</summary>
    public int Largest(Power cap)
    {
        var point = _uppers.Length - 1;
        while (point > 0 && _uppers[point] > cap)
            point--;
        return point;
    }

    /// <summary>Takes in what the node drew while it was held at a point.</summary>
    /// <param name="measured">By a meter, never by a model: that would only learn itself.</param>
    /// <param name="use">Share of the processors' time that was used, 0 to 1.</param>
    public void Learn(int point, Power measured, double use)
    {
        if (measured <= Power.Zero)
            return;
        if (use < 0.1)
            Idle += (measured - Idle) * (measured < Idle ? 0.2 : 0.02);
        else if (measured < Idle)
            // No work draws less than rest: the node was never seen at rest.
            Idle = measured;
        if (!(use >= LeastUse))
            return;
        var full = Power.Max(measured, Idle + ((measured - Idle) * (1 / Math.Min(use, 1))));
        var seen = _samples[point] == 0 ? full : _seen[point];
        _seen[point] = full >= seen ? full : seen - ((seen - full) * Forgetting);
        if (_samples[point] < SamplesToLearn)
            _samples[point]++;
        Draw();
    }

    /// <summary>Joins the learned points by straight lines, from rest at no clock to the model's peak at full clock.</summary>
    private void Draw()
    {
        var (speed, power) = (0.0, Power.Min(Idle, _peak));
        var from = 0;
        for (var i = 0; i < _speeds.Length; i++)
        {
            var isLast = i == _speeds.Length - 1;
            if (!isLast && !IsLearned(i))
                continue;
            var reached = Power.Max(power, IsLearned(i) ? _seen[i] : Top(speed, power));
            for (var j = from; j <= i; j++)
                _uppers[j] = power + ((reached - power) * ((_speeds[j] - speed) / (_speeds[i] - speed)));
            (speed, power, from) = (_speeds[i], reached, i + 1);
        }
    }

    /// <summary>Full clock, never seen: the model's peak, or more where what was seen lower down says that the model is too small.</summary>
    private Power Top(double speed, Power power) =>
        speed > 0 ? Power.Max(_peak, Idle + ((power - Idle) * Math.Pow(1 / speed, 2))) : _peak;
}

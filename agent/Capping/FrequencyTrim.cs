using Homelab.Units;

namespace Homelab.NodeAgent.Capping;

/// <summary>What a node drew over a stretch of time that ended just now.</summary>
/// <param name="Watts">Measured mean.</param>
/// <param name="Use">Share of the processors' time that was used, 0 to 1.</param>
/// <param name="From">When the stretch began, on the clock of the caller.</param>
internal readonly record struct MeasuredDraw(Power Watts, double Use, TimeSpan From);

/// <summary>Chooses the operating point for a cap: by the table, then trimmed by what is measured.</summary>
/// <remarks>Down as far as the measurement says, up one point at a time, when the last one has settled, and only for a node at full load: the draw of a node that waits
/// says nothing about what it draws when it wakes.</remarks>
internal sealed class FrequencyTrim
{
    public static readonly TimeSpan Pace = TimeSpan.FromSeconds(0.5);

    /// <summary>Points above the table's choice: no more, so that a heavier kind of load can not go far above the cap before it is seen.</summary>
    private const int MostUp = 2;

    /// <summary>Share of the cap within which a draw counts as held, below the effect watch's: else a coarse clock would give up a whole point for a percent of noise.</summary>
    private const double Tolerance = 0.04;

    private const double LeastKnownUse = 0.01;

    /// <summary>Of the processors, for a node that could do with more than the table gives it.</summary>
    private const double LeastUse = 0.9;

    /// <summary>A draw that began a little before the last move is still mostly of after it.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(60);

    /// <summary>A limit bites with a lag: what is drawn meanwhile looks as if the table said too much.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(200);

    private Power _cap;
    private int _trim;
    private int _point = -1;
    private TimeSpan _movedAt = -Pace;

    /// <summary>The point to hold now.</summary>
    /// <param name="draw">Null where nothing measures the node: then the table alone decides.</param>
    public int Next(FrequencyTable table, Power cap, MeasuredDraw? draw, TimeSpan now)
    {
        var chosen = table.Largest(cap);
        if (cap < _cap)
            _trim = Math.Min(_trim, 0);
        // The choice has moved since: as far below it as before may be below the lowest point.
        _trim = Math.Clamp(chosen + _trim, 0, table.Count - 1) - chosen;
        _cap = cap;
        if (draw is null)
            _trim = 0;
        else if (_point >= 0 && now - _movedAt >= Pace && draw.Value.From >= _movedAt - Slack)
            _trim = Trim(table, chosen, draw.Value);
        var point = Math.Clamp(chosen + _trim, 0, table.Count - 1);
        // What does not fit between the ends must not pile up.
        _trim = point - chosen;
        if (point != _point)
            (_point, _movedAt) = (point, now);
        return point;
    }

    /// <summary>Points above or below the table's choice. The draw was measured at the present point, whatever the cap has become since.</summary>
    private int Trim(FrequencyTable table, int chosen, MeasuredDraw draw)
    {
        if (draw.Watts > _cap * (1 + Tolerance))
            return Math.Min(_trim, Fitting(table, draw.Watts) - chosen);
        var next = chosen + _trim + 1;
        if (draw.From < _movedAt + Settling)
            return _trim;
        var isWanted = next <= chosen || (draw.Use >= LeastUse && next <= chosen + MostUp);
        return next < table.Count && isWanted && Scaled(table, FullLoad(table, draw), next) <= _cap ? _trim + 1 : _trim;
    }

    /// <summary>What a node that waits now and then would draw if it did not.</summary>
    private static Power FullLoad(FrequencyTable table, MeasuredDraw draw) => draw.Use is > 0 and < 1 && draw.Watts > table.Idle
        ? table.Idle + ((draw.Watts - table.Idle) * (1 / Math.Max(draw.Use, LeastKnownUse)))
        : draw.Watts;

    /// <summary>The highest point below the present one at which this draw would fit; the lowest when none would.</summary>
    private int Fitting(FrequencyTable table, Power watts)
    {
        var point = Math.Max(0, _point - 1);
        while (point > 0 && Scaled(table, watts, point) > _cap)
            point--;
        return point;
    }

    /// <summary>A draw at the present point, as the table's shape carries it to another.</summary>
    private Power Scaled(FrequencyTable table, Power watts, int point) =>
        table.Upper(_point) > Power.Zero ? watts * (table.Upper(point) / table.Upper(_point)) : watts;
}

using System.Runtime.InteropServices;
using Homelab.NodeAgent.Actuators;
using Homelab.NodeAgent.Capping;
using Homelab.Units;

namespace Homelab.NodeAgent.Enforcement;

/// <summary>A processor's clocks as one device of the node that takes watts: by a table of what each rung of the ladder costs, trimmed by what is measured.</summary>
/// <remarks>The node's base is in the table: what the device draws is all that no other device does.</remarks>
internal sealed class ClockDevice
{
    /// <summary>What a learned table of clocks errs by, as a share of the draw above idle.</summary>
    private const double ClockError = 0.035;

    private readonly ClockLadder _ladder;
    private readonly List<Power> _draft = [];
    private Power[] _steps = [];
    private readonly FrequencyTable _table;
    private readonly FrequencyTrim _trim = new();
    private Power _cap;
    private int _asked = -1;
    private int _held = -1;
    private TimeSpan _heldSince;

    private ClockDevice(ClockLadder ladder, FrequencyTable table) => (_ladder, _table) = (ladder, table);

    /// <summary>Starts with a line from rest to the peak, and learns.</summary>
    /// <param name="clocks">At least one, each looked at, with a range.</param>
    public static ClockDevice Metered(IReadOnlyList<LimiterSlot> clocks, Power idle, Power peak)
    {
        var ladder = new ClockLadder(clocks);
        return new ClockDevice(ladder, new FrequencyTable(ladder.Speeds, idle, peak));
    }

    /// <summary>Counts the model's figure for each rung as what it draws.</summary>
    /// <param name="clocks">At least one, each looked at, with a range.</param>
    public static ClockDevice Modelled(IReadOnlyList<LimiterSlot> clocks, PowerModel model)
    {
        var ladder = new ClockLadder(clocks);
        var uppers = new Power[ladder.Speeds.Count];
        for (var i = 0; i < uppers.Length; i++)
            uppers[i] = model.Estimate(1, ladder.Speeds[i]);
        return new ClockDevice(ladder, new FrequencyTable(ladder.Speeds, model.Idle, uppers));
    }

    public IReadOnlyList<LimiterSlot> Clocks => _ladder.Clocks;

    /// <summary>The most that it draws at the lowest rung.</summary>
    public Power Least => _table.Upper(0);

    /// <summary>The most that it draws at all.</summary>
    public Power Most => _table.Upper(_table.Count - 1);

    /// <summary>Standard deviation of the draw about a cap, as a share of the draw above idle.</summary>
    public double Uncertainty => Math.Sqrt((ClockError * ClockError) + (TrimError * TrimError));

    /// <summary>A point that the trim holds above the table's choice is within the cap for the load that was measured; for a heavier one, and an agent that does
    /// not see it, it is as much as a point above it: taken as even between the two.</summary>
    private double TrimError => _table.Count > 1 ? Math.Min(0.1, 1 / ((_table.Count - 1) * Math.Sqrt(12))) : 0;

    public SplitPart Part(Power? draw) => new(Least, Most, draw, Clocks[0].Info.Settle);

    /// <summary>The caps that its rungs hold, ascending. The same array while they are the same.</summary>
    /// <param name="rest">What the rest of the node draws.</param>
    public Power[] Steps(Power rest)
    {
        var steps = _draft;
        steps.Clear();
        for (var i = 0; i < _table.Count; i++)
        {
            // Where more clock costs nothing more, the table is level: one cap for all of those points.
            var step = rest + _table.Upper(i);
            if (steps.Count == 0 || step > steps[^1])
                steps.Add(step);
        }
        return CollectionsMarshal.AsSpan(steps).SequenceEqual(_steps) ? _steps : _steps = [.. steps];
    }

    /// <summary>Takes in what was drawn where the clocks have stood still all the while.</summary>
    /// <param name="draw">By a meter; null: nothing measured it.</param>
    public void Learn(MeasuredDraw? draw, TimeSpan now)
    {
        var rung = _ladder.HeldRung();
        if (rung != _held)
            (_held, _heldSince) = (rung, now);
        else if (draw is { } drawn && drawn.From >= _heldSince)
            _table.Learn(rung, drawn.Watts, drawn.Use);
    }

    /// <summary>Sets orders so that the device stays at or below a cap.</summary>
    /// <param name="draw">By a meter; null: nothing measured it.</param>
    /// <param name="isBounded">Clocks go no higher than the table lets them.</param>
    public void Ask(Power cap, MeasuredDraw? draw, TimeSpan now, bool isBounded)
    {
        // Where not even the lowest point fits, it is the lowest; equal ones above it would only cost more.
        _cap = cap <= Least ? Power.Zero : cap;
        // Held lower than asked, by a thermal governor or a driver that rounds: a low draw is no sign of room then.
        if (draw is { } drawn && _ladder.HeldRung() < _asked)
            draw = drawn with { Use = double.NaN };
        var rung = _trim.Next(_table, _cap, draw, now);
        // Below the table's choice it stays: a measurement put it there.
        _asked = rung = isBounded ? Math.Min(rung, _table.Largest(_cap)) : rung;
        for (var i = 0; i < Clocks.Count; i++)
        {
            var clock = Clocks[i];
            var limit = Limit.Of(_ladder.At(rung, clock));
            clock.Order = clock.Asked == limit ? null : limit;
        }
    }

    /// <summary>What it is held to by the read-backs.</summary>
    /// <param name="isMetered">A meter watches over the trim.</param>
    public Power Effective(bool isMetered)
    {
        var rung = _ladder.HeldRung();
        var upper = _table.Upper(rung);
        // A point above the table's choice is held by the trim, which measures.
        return rung <= _asked && rung > _table.Largest(_cap) && isMetered && _cap > Power.Zero && rung > 0 ? Power.Min(upper, _cap) : upper;
    }
}

using Homelab.NodeAgent.Actuators;

namespace Homelab.NodeAgent.Enforcement;

/// <summary>All clocks of a node as one ladder: each rung is a share of full speed, and every clock takes its highest operating point within it.</summary>
internal sealed class ClockLadder
{
    /// <summary>For clocks without a table, and where tables have more points than a watt can tell apart.</summary>
    private const int MostRungs = 24;
    private const int EvenRungs = 16;
    private const double SameRung = 0.01;

    private readonly List<double> _speeds = [];

    /// <param name="clocks">At least one, each looked at, with a range.</param>
    public ClockLadder(IReadOnlyList<LimiterSlot> clocks)
    {
        Clocks = clocks;
        foreach (var clock in clocks)
            Collect(clock);
        _speeds.Sort();
        for (var i = _speeds.Count - 2; i >= 0; i--)
        {
            if (_speeds[i + 1] - _speeds[i] < SameRung)
                _speeds.RemoveAt(i);
        }
        // The ends stay.
        while (_speeds.Count > MostRungs)
            _speeds.RemoveAt(Closest());
    }

    public IReadOnlyList<LimiterSlot> Clocks { get; }

    /// <summary>Ascending shares of full speed; the last is 1.</summary>
    public IReadOnlyList<double> Speeds => _speeds;

    /// <summary>What a clock is set to at a rung.</summary>
    public Frequency At(int rung, LimiterSlot clock)
    {
        var (least, most) = Range(clock);
        var asked = (long)(most * (_speeds[rung] + SameRung / 2));
        var points = clock.Info.Operates;
        if (points.Count == 0)
            return new Frequency(Math.Clamp(asked, least, most));
        var best = points[0];
        for (var i = 1; i < points.Count; i++)
            best = points[i].Kilohertz <= asked ? points[i] : best;
        return new Frequency(Math.Clamp(best.Kilohertz, least, most));
    }

    /// <summary>The lowest rung that no clock is above by what is read back; the top one when a clock is not held at all.</summary>
    public int HeldRung()
    {
        var rung = 0;
        for (var i = 0; i < Clocks.Count; i++)
        {
            var clock = Clocks[i];
            var held = clock.EffectiveClock()?.Kilohertz ?? long.MaxValue;
            while (rung < _speeds.Count - 1 && At(rung, clock).Kilohertz < held)
                rung++;
        }
        return rung;
    }

    private void Collect(LimiterSlot clock)
    {
        var (least, most) = Range(clock);
        var points = clock.Info.Operates;
        for (var i = 0; i < points.Count; i++)
        {
            if (points[i].Kilohertz >= least && points[i].Kilohertz <= most)
                _speeds.Add((double)points[i].Kilohertz / most);
        }
        for (var i = 0; points.Count == 0 && i < EvenRungs; i++)
            _speeds.Add((least + ((most - least) * i / (EvenRungs - 1.0))) / most);
        _speeds.Add(1);
    }

    private int Closest()
    {
        var best = 1;
        for (var i = 1; i < _speeds.Count - 1; i++)
        {
            if (_speeds[i + 1] - _speeds[i - 1] < _speeds[best + 1] - _speeds[best - 1])
                best = i;
        }
        return best;
    }

    private static (long Least, long Most) Range(LimiterSlot clock)
    {
        var reading = clock.Reading.GetValueOrDefault();
        var most = Math.Max(1, reading.Most.Frequency?.Kilohertz ?? 1);
        return (Math.Clamp(reading.Least.Frequency?.Kilohertz ?? 1, 1, most), most);
    }
}

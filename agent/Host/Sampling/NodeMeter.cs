using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Sampling;

/// <summary>The node's watts now and its joules since the agent started. Owned by the sampling loop.</summary>
/// <remarks>
/// Joules come from the chosen source's own counters where it has them, else from power × monotonic time. Every stretch of time is paid for
/// once: a counter that comes back after the model stood in for it is credited only for what the model had not covered.
/// </remarks>
internal sealed class NodeMeter(PowerFallback fallback)
{
    /// <summary>How long a better source may be silent before a worse one takes over. Its counter keeps counting meanwhile.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LongestFill = Patience * 2;

    private readonly CardWatch _cards = new();
    private PowerFallback _fallback = fallback;
    private NodeEstimate _chosen = NodeEstimate.Nothing;
    private TimeSpan _chosenAt;
    private TimeSpan _takenAt;
    private readonly Dictionary<CounterTrack, TimeSpan> _paidBy = [];
    private int[] _paying = [];
    private TimeSpan _paidUntil;
    private int _psysPenalty;

    /// <summary>The figure of the last pass.</summary>
    public NodePower Power => _chosen.Figure;

    /// <summary>True when this pass's figure is a meter's that covers the board or more: what others can be taught by.</summary>
    public bool IsOuterMeter { get; private set; }

    /// <summary>True when the figure has discrete cards in it. One of psys, of rails or of the operator has not, as far as anybody knows.</summary>
    public bool CoversCards => _chosen.Rank is var rank
        && (rank == PowerHierarchy.Meter.Rank || rank == PowerHierarchy.Packages.Rank || rank == PowerHierarchy.Apu.Rank || rank == PowerHierarchy.ModelRank);

    /// <summary>What is learned of the node's unmeasured part, from now on.</summary>
    public void Learn(WholeLine? package, WholeLine? board) => _fallback = _fallback with { Package = package, Board = board };

    /// <summary>Since the agent started; never falls.</summary>
    public Energy Energy { get; private set; }

    /// <summary>Takes one pass in.</summary>
    /// <param name="plan">Of the inventory that the spans are indexed by.</param>
    /// <param name="readings">One per sensor.</param>
    /// <param name="means">One per sensor; see <see cref="NodePowerEstimator.Estimate"/>.</param>
    /// <param name="tracks">One per sensor; null for those that do not count.</param>
    /// <param name="now">The agent's monotonic clock.</param>
    public void Take(PowerPlan plan, ReadOnlySpan<Reading> readings, ReadOnlySpan<Power?> means, ReadOnlySpan<CounterTrack?> tracks, TimeSpan now)
    {
        var pass = now - _takenAt;
        _takenAt = now;
        _cards.Take(plan, readings, means, now);
        var estimate = NodePowerEstimator.Estimate(plan, readings, means, _fallback, ref _psysPenalty, _cards);
        // A psys that was found wrong is dropped at once; one that is only late is waited for.
        var isFoundWrong = _chosen.Rank == PowerHierarchy.Psys.Rank && _psysPenalty > 0;
        IsOuterMeter = estimate.Rank == PowerHierarchy.Meter.Rank;
        if (estimate.Rank > _chosen.Rank && !isFoundWrong && now - _chosenAt < Patience)
            return;
        (_chosen, _chosenAt) = (estimate, now);
        if (estimate.Figure.Watts is null)
            return;
        if (estimate.Counters.Length == 0)
            PayForTime(estimate.Gauges, now, pass);
        else
            PayFromCounters(estimate, tracks, pass);
    }

    private void PayForTime(Power power, TimeSpan until, TimeSpan pass)
    {
        if (until <= _paidUntil)
            return;
        Add(power.Over(Known(until - _paidUntil, pass)));
        _paidUntil = until;
        _paidBy.Clear();
    }

    private void PayFromCounters(in NodeEstimate estimate, ReadOnlySpan<CounterTrack?> tracks, TimeSpan pass)
    {
        // Counters are read one after the other: each is paid for from its own last reading, not from its neighbour's. Where others counted before, all begin together.
        if (!ReferenceEquals(estimate.Counters, _paying) && !estimate.Counters.AsSpan().SequenceEqual(_paying))
        {
            _paying = estimate.Counters;
            _paidBy.Clear();
        }
        var until = _paidUntil;
        for (var i = 0; i < estimate.Counters.Length; i++)
        {
            var index = estimate.Counters[i];
            if (tracks[index] is not { Interval: { } interval } track)
                continue;
            var from = _paidBy.GetValueOrDefault(track, _paidUntil);
            _paidBy[track] = interval.To;
            Add(Scaled(interval.MicrosAfter(from), estimate.Gain));
            // What a dropped delta or a change of source left uncounted is filled with the mean beside it, as far back as patience reaches.
            var gap = interval.From - from;
            if (gap > TimeSpan.Zero)
                Add((interval.Mean * estimate.Gain).Over(gap < LongestFill ? gap : LongestFill));
            until = interval.To > until ? interval.To : until;
        }
        if (until <= _paidUntil)
            return;
        Add(estimate.Gauges.Over(Known(until - _paidUntil, pass)));
        _paidUntil = until;
    }

    /// <summary>A stretch without any figure is unknown, and what is drawn now says nothing about an hour ago: only a whole pass is covered, as long as one can be.</summary>
    private static TimeSpan Known(TimeSpan unpaid, TimeSpan pass)
    {
        var most = pass > LongestFill && pass <= ThrottleModel.LongestLook ? pass : LongestFill;
        return unpaid < most ? unpaid : most;
    }

    /// <summary>Exact where the counters are the figure.</summary>
    private static Energy Scaled(long micros, double gain) => gain == 1 ? new Energy(micros) : Energy.FromJoules(micros / 1e6 * gain);

    private void Add(Energy gained)
    {
        if (gained.Microjoules <= 0)
            return;
        Energy = gained.Microjoules > long.MaxValue - Energy.Microjoules ? new Energy(long.MaxValue) : Energy + gained;
    }
}

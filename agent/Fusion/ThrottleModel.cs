using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Fusion;

/// <summary>One word for all hardware on what holds it back: folds every flag, memory and counter into one state per cause. Owned by the sampling loop.</summary>
/// <remarks>
/// Time is counted per cause, not per device: of an interval counts what the flag says (all of it) or what a hardware counter says, whichever is more, so bursts
/// between two looks are not lost and two hot GPUs are not two seconds in one.
/// </remarks>
internal sealed class ThrottleModel
{
    /// <summary>Firmware writes hundreds of watts for "no limit".</summary>
    private static readonly Power NoLimit = Power.FromWatts(999);

    /// <summary>Passes are a minute apart at most. Who knows how it was in a longer silence: of that, only what hardware counted is time.</summary>
    public static readonly TimeSpan LongestLook = TimeSpan.FromMinutes(2);

    /// <summary>For so long a late source's last word is taken for the present one.</summary>
    private static readonly TimeSpan LastWordHolds = TimeSpan.FromSeconds(5);

    private readonly Tally[] _tallies = new Tally[8];
    private ThrottlePlan _plan = ThrottlePlan.Empty;
    private CounterMark?[] _marks = [];

    /// <summary>When each sensor of the inventory last had a word of its own.</summary>
    private TimeSpan?[] _toldAt = [];
    private TimeSpan? _takenAt;
    private readonly ThrottleState[] _draft = new ThrottleState[8];
    private int _known;

    /// <summary>One for each cause that something could tell since the agent started, in order of the causes' numbers; valid until the next pass.</summary>
    public ReadOnlySpan<ThrottleState> States => _draft.AsSpan(0, _known);

    /// <summary>The states for keeps.</summary>
    /// <param name="free">Written to where they fit.</param>
    public ThrottleState[] Write(ThrottleState[] free)
    {
        var states = free.Length == _known ? free : new ThrottleState[_known];
        States.CopyTo(states);
        return states;
    }

    /// <summary>Another inventory: counters begin anew, what was counted stays.</summary>
    public void Follow(ThrottlePlan plan) => (_plan, _marks, _toldAt) = (plan, new CounterMark?[plan.Signs.Count], []);

    /// <summary>Takes one pass in.</summary>
    /// <param name="readings">One per sensor of the plan's inventory.</param>
    /// <param name="means">One per sensor; see <see cref="NodePowerEstimator.Estimate"/>.</param>
    /// <param name="raws">One per sensor: a counter as the kernel says it, since boot; null for others.</param>
    /// <param name="now">The agent's monotonic clock.</param>
    public void Take(ReadOnlySpan<Reading> readings, ReadOnlySpan<Power?> means, ReadOnlySpan<long?> raws, TimeSpan now)
    {
        var elapsed = _takenAt is { } last && now > last ? now - last : TimeSpan.Zero;
        _takenAt = now;
        if (_toldAt.Length != readings.Length)
            _toldAt = new TimeSpan?[readings.Length];
        foreach (ref var tally in _tallies.AsSpan())
            (tally.Now, tally.IsFlagged, tally.Gained) = (null, false, TimeSpan.Zero);
        for (var i = 0; i < _plan.Signs.Count; i++)
            TakeSign(i, readings, raws, now);
        for (var i = 0; i < _plan.Pairs.Count; i++)
            TakePair(_plan.Pairs[i], readings, means, now);
        foreach (ref var tally in _tallies.AsSpan())
        {
            var gained = tally.IsFlagged && elapsed > tally.Gained && elapsed <= LongestLook ? elapsed : tally.Gained;
            tally.Held += gained;
            tally.WasSeen |= tally.Now == true || gained > TimeSpan.Zero;
        }
        Publish();
    }

    private void TakeSign(int index, ReadOnlySpan<Reading> readings, ReadOnlySpan<long?> raws, TimeSpan now)
    {
        var sign = _plan.Signs[index];
        var reading = readings[sign.Sensor];
        if (!IsWord(sign.Sensor, reading, now) || reading.Micros is not { } micros)
            return;
        ref var tally = ref _tallies[(int)sign.Cause];
        switch (sign.Role)
        {
            case ThrottleRole.Now:
                Tell(ref tally, micros > 0);
                break;
            case ThrottleRole.SinceBoot:
                tally.Remembers = true;
                tally.WasSeen |= micros > 0;
                break;
            default:
                // A late source's counter has not moved, and neither has its mark: what it gained comes with its next word.
                if (reading.Quality != Quality.Ok)
                    return;
                tally.Remembers |= raws[sign.Sensor] is not null;
                tally.WasSeen |= raws[sign.Sensor] > 0;
                var gained = _marks[index] is { } mark ? Gain(mark, micros, now) : TimeSpan.Zero;
                _marks[index] = new CounterMark(micros, now);
                tally.Gained = gained > tally.Gained ? gained : tally.Gained;
                tally.Now = tally.Now == true || gained > TimeSpan.Zero;
                tally.IsKnown = true;
                break;
        }
    }

    /// <summary>What counts at most is the time that passed; a counter that steps back gained nothing.</summary>
    private static TimeSpan Gain(CounterMark mark, long micros, TimeSpan now)
    {
        var most = now - mark.At;
        return micros <= mark.Micros || most <= TimeSpan.Zero ? TimeSpan.Zero
            : micros - mark.Micros >= most.TotalMicroseconds ? most : TimeSpan.FromMicroseconds(micros - mark.Micros);
    }

    /// <summary>A source that hangs says nothing of what holds now, however often its last word is shown.</summary>
    private bool IsWord(int sensor, Reading reading, TimeSpan now)
    {
        if (reading.Quality == Quality.Ok)
            _toldAt[sensor] = now;
        return reading.Quality is Quality.Ok or Quality.Stale && _toldAt[sensor] is { } at && now - at <= LastWordHolds;
    }

    private void TakePair(ThrottlePair pair, ReadOnlySpan<Reading> readings, ReadOnlySpan<Power?> means, TimeSpan now)
    {
        if (readings[pair.Bound] is not { Quality: Quality.Ok or Quality.Stale, Micros: { } bound } || bound <= 0)
            return;
        if (pair.IsCeiling)
        {
            if (IsWord(pair.Value, readings[pair.Value], now) && readings[pair.Value].Micros is { } allowed and > 0)
                Tell(ref _tallies[(int)ThrottleCause.FrequencyCap], allowed < bound);
        }
        else if (means[pair.Value] is { } drawn && bound < NoLimit.Microwatts)
        {
            Tell(ref _tallies[(int)ThrottleCause.Power], drawn.Microwatts >= bound * ThrottlePair.Share);
        }
    }

    private static void Tell(ref Tally tally, bool holds)
    {
        tally.Now = tally.Now == true || holds;
        tally.IsFlagged |= holds;
        tally.IsKnown = true;
    }

    private void Publish()
    {
        _known = 0;
        foreach (var cause in ThrottleCauseNames.All)
        {
            ref var tally = ref _tallies[(int)cause];
            if (tally.IsTold)
                _draft[_known++] = new ThrottleState(cause, tally.Now, tally.WasSeen ? true : tally.Remembers ? false : null, tally.Held);
        }
    }

    private readonly record struct CounterMark(long Micros, TimeSpan At);

    private struct Tally
    {
        public bool? Now;

        /// <summary>A flag says now, rather than a counter that moved since the last look.</summary>
        public bool IsFlagged;
        public bool IsKnown;
        public bool Remembers;
        public bool WasSeen;
        public TimeSpan Gained;
        public TimeSpan Held;

        public readonly bool IsTold => IsKnown || Remembers;
    }
}

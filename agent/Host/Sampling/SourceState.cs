using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Sampling;

/// <summary>What the sampling loop knows of one source: its sensors, their last readings and counters, and how it fares. Loop only.</summary>
internal sealed class SourceState
{
    /// <summary>One device may take this part of the deadline in a pass; a device that takes longer is read in turns.</summary>
    private const int SharesInADeadline = 5;

    /// <summary>What waits for its turn longer than this is told as stale.</summary>
    private static readonly TimeSpan KeepsFor = TimeSpan.FromSeconds(5);

    private readonly string _lateDetail;
    private readonly bool _keepsRaw;
    private Reading[] _readings = [];
    private TimeSpan[] _readAt = [];
    private TimeSpan _takenAt;

    /// <param name="source">The source.</param>
    /// <param name="options">The deadline is for the text that late readings carry.</param>
    public SourceState(ISensorSource source, SamplerOptions options)
    {
        _keepsRaw = options.RawCounters;
        Slot = new SourceSlot(source, options.Deadline / SharesInADeadline);
        Health = new SourceHealth(Slot.Name, Success: false, TimeSpan.Zero, LastOk: null, Failures: 0, "not read yet");
        _lateDetail = $"no answer within {Configuration.Words.Of(options.Deadline)}";
    }

    public SourceSlot Slot { get; }

    public IReadOnlyList<SensorInfo> Sensors { get; private set; } = [];

    public IReadOnlyList<Finding> Findings { get; private set; } = [];

    /// <summary>One per sensor; null for those that do not count.</summary>
    public CounterTrack?[] Tracks { get; private set; } = [];

    /// <summary>One per sensor; counters as growth since the agent started, unless they are kept raw.</summary>
    public ReadOnlySpan<Reading> Readings => _readings;

    public SourceHealth Health { get; private set; }

    /// <summary>When the last search began; null before the first.</summary>
    public TimeSpan? SearchedAt { get; set; }

    /// <summary>True once an outcome was taken in.</summary>
    public bool HasAnswered { get; private set; }

    /// <summary>True when the last outcome came of a search.</summary>
    public bool HasSearched { get; private set; }

    /// <summary>True when the last outcome brought other sensors.</summary>
    public bool HasChanged { get; private set; }

    /// <summary>True from when a sensor that had a value lost its device until the next search.</summary>
    public bool HasLost { get; private set; }

    /// <summary>True when the readings were taken in this pass rather than kept from an earlier one.</summary>
    public bool IsFresh { get; private set; }

    /// <summary>Takes the worker's outcome in, in time or late.</summary>
    public void Take(DateTimeOffset wallClock)
    {
        var slot = Slot;
        _takenAt = slot.ReadAt;
        HasSearched = slot.Found is not null;
        HasChanged = slot.Found is { } found && Adopt(found);
        HasLost &= slot.Found is null;
        IsFresh = HasAnswered = true;
        string? late = null;
        for (var i = 0; i < _readings.Length; i++)
        {
            var reading = slot.Fresh[i];
            if (reading == SourceSlot.InTurn)
            {
                if (slot.ReadAt - _readAt[i] > KeepsFor)
                    _readings[i] = Late(_readings[i], reading.Detail!);
                continue;
            }
            _readAt[i] = slot.ReadAt;
            if (reading is { Quality: Quality.Stale, Micros: null, Detail: { } detail })
            {
                var why = reading == SourceSlot.Unanswered ? _lateDetail : detail;
                _readings[i] = Late(_readings[i], why);
                late ??= $"{Sensors[i].Device}/{Sensors[i].Name}: {why}";
                continue;
            }
            HasLost |= _readings[i].Micros is not null && IsAway(reading);
            _readings[i] = Tracks[i] is { } track ? Count(track, reading, slot.ReadAt) : reading;
        }
        Health = (slot.Failure ?? late) is { } failure
            ? Health with { Success = false, Duration = slot.Duration, Failures = Health.Failures + 1, Detail = failure }
            : Health with { Success = true, Duration = slot.Duration, LastOk = wallClock, Detail = null };
        slot.Consume();
    }

    /// <summary>Notes that the source did not answer in time: values become stale, and are kept.</summary>
    public void MissDeadline()
    {
        (HasSearched, HasChanged, IsFresh) = (false, false, false);
        for (var i = 0; i < _readings.Length; i++)
        {
            if (_readings[i].Micros is not null)
                _readings[i] = Late(_readings[i], _lateDetail);
        }
        Health = Health with { Success = false, Failures = Health.Failures + 1, Detail = _lateDetail };
    }

    /// <summary>What counters gained up to the next reading counts for nothing.</summary>
    public void Rebase()
    {
        foreach (var track in Tracks)
            track?.Forget();
    }

    /// <summary>True when the sensor was read in this pass, and its reading is not kept from an earlier one.</summary>
    public bool IsNew(int sensor) => IsFresh && _readAt[sensor] == _takenAt;

    /// <summary>The last value where there is one; a reading that had none keeps its own reason, and one that never was gets this.</summary>
    private static Reading Late(Reading last, string detail) => last switch
    {
        { Quality: Quality.Ok or Quality.Stale, Micros: not null } => new Reading(Quality.Stale, last.Micros, detail),
        // It may have woken since: nobody knows.
        { Quality: Quality.Asleep } => Reading.None(Quality.Fault, detail),
        { Detail: not null } => last,
        _ => Reading.None(Quality.Fault, detail),
    };

    /// <summary>The driver let go of the channel, or its file went away.</summary>
    private static bool IsAway(Reading reading) => reading.Quality == Quality.Unsupported || reading.IsGone;

    private Reading Count(CounterTrack track, Reading reading, TimeSpan at)
    {
        if (reading is not { Quality: Quality.Ok, Micros: { } raw })
            return reading;
        track.Take(raw, at);
        return _keepsRaw ? reading : Reading.Ok(track.Total);
    }

    /// <summary>Takes new sensors over; counters of those that stay keep their growth. False when they are the same.</summary>
    private bool Adopt(Discovery found)
    {
        Findings = found.Findings;
        var infos = new SensorInfo[found.Sensors.Count];
        for (var i = 0; i < infos.Length; i++)
            infos[i] = found.Sensors[i].Info;
        if (infos.SequenceEqual(Sensors))
            return false;
        var kept = new Dictionary<string, CounterTrack>(StringComparer.Ordinal);
        for (var i = 0; i < Sensors.Count; i++)
        {
            if (Tracks[i] is { } track)
                kept[Key(Sensors[i])] = track;
        }
        // What hangs or waits for its turn while its neighbours come and go keeps its last value.
        var last = new Dictionary<string, (Reading Reading, TimeSpan At)>(StringComparer.Ordinal);
        for (var i = 0; i < Sensors.Count; i++)
            last[Key(Sensors[i])] = (_readings[i], _readAt[i]);
        Tracks = Array.ConvertAll(infos, info => info.Shape != SensorShape.Counter
            ? null
            : kept.GetValueOrDefault(Key(info)) ?? new CounterTrack(info));
        (_readings, _readAt) = (new Reading[infos.Length], new TimeSpan[infos.Length]);
        for (var i = 0; i < infos.Length; i++)
            (_readings[i], _readAt[i]) = last.GetValueOrDefault(Key(infos[i]));
        Sensors = infos;
        return true;
    }

    private static string Key(SensorInfo sensor) => sensor.Device + "\0" + sensor.Name;
}

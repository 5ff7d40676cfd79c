using System.Runtime.CompilerServices;
using Homelab.NodeAgent.Diagnostics;
using Homelab.NodeAgent.Sensors;
using Homelab.Units;
using Microsoft.Extensions.Logging;

namespace Homelab.NodeAgent.Sampling;

/// <summary>How a <see cref="Sampler"/> goes about it.</summary>
/// <param name="Deadline">How long one source may take.</param>
/// <param name="Rediscover">Time between searches for new hardware.</param>
/// <param name="RawCounters">True leaves counters as the kernel says them, for people; the wire wants growth.</param>
internal sealed record SamplerOptions(TimeSpan Deadline, TimeSpan Rediscover, bool RawCounters = false)
{
    /// <summary>The sensor that the operator says measures the whole board, <c>DEVICE/NAME</c>; empty: none.</summary>
    public string Meter { get; init; } = "";
}

/// <summary>Makes samples: visits the sources, undoes wraps, chooses the node's watts. One pass at a time, one owner.</summary>
internal sealed class Sampler : IDisposable
{
    /// <summary>A device that comes and goes must not turn every pass into a search.</summary>
    private static readonly TimeSpan SoonestSearch = TimeSpan.FromSeconds(5);

    /// <summary>How long a first look waits for sources that are slow to find what they have, in passes and the time between two.</summary>
    private const int FirstPasses = 10;
    private static readonly TimeSpan BetweenFirst = TimeSpan.FromMilliseconds(250);

    private readonly SamplerOptions _options;
    private readonly MonotonicClock _clock;
    private readonly SourceState[] _sources;
    private readonly SourceSlot[] _slots;
    private readonly SourceHealth[] _before;
    private readonly SourceState? _containers;
    private readonly SourceState? _cardUsers;

    /// <summary>Sources that are no part of the inventory: only the split asks for them.</summary>
    private readonly SourceState[] _aside;
    private readonly Attribution? _attribution;
    private readonly SourceReader _reader;
    private readonly NodeMeter _meter;
    private readonly CalibrationDesk _calibration;
    private readonly Func<SelfCost> _self;
    private readonly ILogger _log;
    private readonly HashSet<string> _reported = new(StringComparer.Ordinal);
    private Inventory _inventory = Inventory.Empty;
    private IReadOnlyList<SourceFinding> _findings = [];
    private IReadOnlyList<SensorInfo> _asideSensors = [];
    private string _powerSource = "";
    private PowerPlan _plan = new();
    private CounterTrack?[] _tracks = [];
    private long?[] _raws = [];
    private NodeSample? _free;
    private readonly ThrottleModel _throttles = new();
    private readonly SleepWatch? _sleep;
    private bool _hasSlept;

    public Sampler(
        HostRoot root, IReadOnlyList<ISensorSource> sources, PowerFallback fallback, SamplerOptions options, MonotonicClock clock, Func<SelfCost> self, ILogger log,
        CalibrationDesk? calibration = null, ISensorSource? containers = null, ICardSource? cardUsers = null,
        SleepWatch? sleep = null)
    {
        (_options, _clock, _self, _log, _sleep) = (options, clock, self, log, sleep);
        _sources = [.. sources.Select(s => new SourceState(s, options))];
        _containers = containers is null ? null : new SourceState(containers, options);
        _cardUsers = containers is null || cardUsers is null ? null : new SourceState(cardUsers, options);
        _attribution = containers is null ? null : new Attribution(fallback.Model.Idle, cardUsers);
        _aside = (_cardUsers, _containers) is (null, null) ? [] : _cardUsers is null ? [_containers!] : [_cardUsers, _containers!];
        _before = new SourceHealth[_sources.Length + _aside.Length];
        _slots = [.. _sources.Select(static s => s.Slot), .. _aside.Select(static s => s.Slot)];
        _reader = new SourceReader(root, clock, options.Deadline);
        _meter = new NodeMeter(fallback);
        _calibration = calibration ?? new CalibrationDesk(new Calibration(fallback.Model));
        _calibration.Tell(_meter);
    }

    /// <summary>One pass over all sources that are not still inside an earlier one. Allocates nothing once a sample was given back by <see cref="Reuse"/>.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<NodeSample> PassAsync()
    {
        for (var i = 0; i < _sources.Length; i++)
            _before[i] = _sources[i].Health;
        for (var i = 0; i < _aside.Length; i++)
            _before[_sources.Length + i] = _aside[i].Health;
        ForgetSleep();
        Prepare();
        await _reader.VisitAsync(_slots).ConfigureAwait(false);
        ForgetSleep();
        for (var i = 0; i < _sources.Length; i++)
        {
            Collect(_sources[i]);
            Report(_before[i], _sources[i].Health);
        }
        for (var i = 0; i < _aside.Length; i++)
        {
            Collect(_aside[i]);
            Report(_before[_sources.Length + i], _aside[i].Health);
        }
        if (Array.Exists(_sources, s => s.HasSearched) || Array.Exists(_aside, s => s.HasSearched))
            GatherFindings();
        if (Array.Exists(_sources, s => s.HasChanged))
            RebuildInventory();
        return Compose();
    }

    /// <summary>A first pass, and more while a source has not said anything yet: for commands that look once and must not take slow for absent.</summary>
    public async Task<NodeSample> FirstLookAsync(CancellationToken cancellation)
    {
        var sample = await PassAsync().ConfigureAwait(false);
        for (var more = 1; more < FirstPasses && Array.Exists(_sources, static s => !s.HasAnswered); more++)
        {
            await Task.Delay(BetweenFirst, _clock.Time, cancellation).ConfigureAwait(false);
            sample = await PassAsync().ConfigureAwait(false);
        }
        return sample;
    }

    /// <summary>Takes back a sample that nobody reads any more, so that the next is written in its place, with every list in it.</summary>
    public void Reuse(NodeSample free) => _free = free;

    public void Dispose() => _reader.Dispose();

    /// <summary>Counters begin anew after a sleep; twice where it came in a pass, as some of its readings are from before.</summary>
    private void ForgetSleep()
    {
        var isNew = _sleep?.HasSlept() == true;
        if (isNew || _hasSlept)
        {
            foreach (var source in _sources)
                source.Rebase();
            foreach (var source in _aside)
                source.Rebase();
        }
        _hasSlept = isNew;
    }

    /// <summary>Takes in what late sources brought since the last pass, and asks those that are due to search.</summary>
    private void Prepare()
    {
        foreach (var source in _aside)
            Prepare(source);
        foreach (var source in _sources)
            Prepare(source);
    }

    private void Prepare(SourceState source)
    {
        if (_reader.IsBusy(source.Slot))
            return;
        if (source.Slot.HasOutcome)
        {
            // Not told: an answer that came too late is no recovery, and the coming visit says what it is.
            source.Take(_clock.Time.GetUtcNow());
            if (source.HasSearched)
                GatherFindings();
            if (source.HasChanged && Array.IndexOf(_aside, source) < 0)
                RebuildInventory();
        }
        var since = _clock.Now - source.SearchedAt;
        if (since is null || since >= _options.Rediscover || (source.HasLost && since >= SoonestSearch))
        {
            source.SearchedAt = _clock.Now;
            source.Slot.SearchNext();
        }
    }

    private void Collect(SourceState source)
    {
        if (!_reader.IsBusy(source.Slot) && source.Slot.HasOutcome)
            source.Take(_clock.Time.GetUtcNow());
        else
            source.MissDeadline();
    }

    private void Report(SourceHealth before, SourceHealth after)
    {
        if (!after.Success && (before.Success || before.Failures == 0))
            Log.SourceFailed(_log, after.Source, after.Detail ?? "");
        else if (after.Success && !before.Success && before.Failures > 0)
            Log.SourceRecovered(_log, after.Source, before.Failures);
    }

    /// <summary>What is shut is worth a line once: it is the commonest reason for a missing figure, and the line says what opens it.</summary>
    private void GatherFindings()
    {
        _findings = [.. _sources.Concat(_aside).SelectMany(s => s.Findings.Select(f => new SourceFinding(s.Slot.Name, f)))];
        _asideSensors = [.. _aside.SelectMany(static s => s.Sensors)];
        foreach (var (source, finding) in _findings)
        {
            if (finding.Kind == FindingKind.Denied && _reported.Add(finding.Path))
                Log.Shut(_log, source, finding.Path, finding.Errno, finding.Meaning, finding.Fix);
        }
    }

    private void RebuildInventory()
    {
        SensorInfo[] sensors = [.. _sources.SelectMany(s => s.Sensors)];
        _inventory = new Inventory(sensors);
        _plan = PowerPlan.For(sensors, _options.Meter);
        _tracks = [.. _sources.SelectMany(s => s.Tracks)];
        _raws = new long?[sensors.Length];
        _throttles.Follow(ThrottlePlan.For(sensors));
        Log.InventoryChanged(_log, sensors.Length);
    }

    private NodeSample Compose()
    {
        var sample = _free?.Readings.Length == _inventory.Sensors.Count ? _free : NewSample();
        _free = null;
        sample.Inventory = _inventory;
        CollectReadings(sample);
        var (readings, means, now) = (sample.Readings, sample.Means, _clock.Now);
        _meter.Take(_plan, readings, means, _tracks, now);
        _throttles.Take(readings, means, _raws, now);
        _calibration.Learn(_meter, _plan, readings, means, now);
        if (_meter.Power.Source != _powerSource)
        {
            _powerSource = _meter.Power.Source;
            Log.PowerSource(_log, _powerSource.Length > 0 ? _powerSource : "nothing", _meter.Power.Provenance.Word(), (int)Math.Round(_meter.Power.Uncertainty * 100));
        }
        if (_containers is { IsFresh: true } local)
            _attribution!.Take(local, _cardUsers, new CardPass(_inventory.Sensors, _plan, readings, means, _tracks), _meter, now);
        _attribution?.WriteTo(sample);
        sample.Throttles = _throttles.Write(sample.Throttles);
        (sample.Aside, sample.Findings) = (_asideSensors, _findings);
        (sample.Power, sample.Energy) = (_meter.Power, _meter.Energy);
        (sample.Monotonic, sample.Time) = (now, _clock.Time.GetUtcNow());
        sample.Self = _self();
        return sample;
    }

    private void CollectReadings(NodeSample sample)
    {
        var next = 0;
        for (var i = 0; i < _sources.Length; i++)
        {
            var source = _sources[i];
            source.Readings.CopyTo(sample.Readings.AsSpan(next));
            for (var j = 0; j < source.Tracks.Length; j++)
                (sample.Means[next + j], _raws[next + j]) = (Mean(source, j), source.Tracks[j]?.Raw);
            next += source.Tracks.Length;
            sample.Sources[i] = source.Health;
        }
        for (var i = 0; i < _aside.Length; i++)
            sample.Sources[_sources.Length + i] = _aside[i].Health;
    }

    private NodeSample NewSample() => new()
    {
        Inventory = _inventory,
        Readings = new Reading[_inventory.Sensors.Count],
        Means = new Power?[_inventory.Sensors.Count],
        Sources = new SourceHealth[_slots.Length],
        Findings = _findings,
        Power = NodePower.None,
        Energy = default,
        Monotonic = default,
        Time = default,
        Self = default,
    };

    /// <summary>Only what was counted in this pass has a mean of this pass.</summary>
    private static Power? Mean(SourceState source, int sensor) =>
        source.IsNew(sensor)
        && source.Sensors[sensor].Quantity == Quantity.Energy
        && source.Readings[sensor].Quality == Quality.Ok
            ? source.Tracks[sensor]?.Interval?.Mean
            : null;
}

using System.Collections.Immutable;
using Homelab.Aggregator.Fleet.Learned;
using Homelab.Units;

namespace Homelab.Aggregator.Fleet;

/// <summary>What <see cref="FleetRoster"/> remembers of one node between events. Touched by one thread.</summary>
/// <param name="levels">Where it keeps what is learned of the node; null: nowhere.</param>
internal sealed class NodeRecord(NodeName name, NodeLevels? levels = null)
{
    /// <summary>Sources remembered of one node: several times what an agent has, and an end to what a hostile one can add.</summary>
    private const int MostSources = 64;

    private IngestDelay _delay = new();
    private SensorReading[] _readings = [];
    private Moment? _lastReport;
    private readonly ThrottledTime _throttledTime = new();
    private readonly NodeLearning _learning = new(levels ?? new NodeLevels());
    private TemperatureBounds _bounds = new([]);
    private HealthRules _health = new([], new TemperatureBounds([]));
    private NodeSnapshot _view = new() { Name = name };
    private bool _isHistory = true;
    private bool _awaitsFirstReport;

    public StreamNumber? Stream { get; private set; }

    public NodeIdentity? Identity => _view.Identity;

    public NodePower Power => _view.Power;

    /// <summary>A new stream takes the node over; the same stream's later Hello changes the inventory.</summary>
    public void Greet(StreamNumber stream, NodeIdentity identity)
    {
        var isReconnect = Identity is not null && Stream != stream;
        // Another process counts its monotonic time from another start.
        if (Identity?.Instance != identity.Instance)
        {
            _delay = new IngestDelay();
            _throttledTime.Reborn(isFirst: Identity is null);
        }
        if (Stream != stream)
        {
            _awaitsFirstReport = true;
            _throttledTime.Restart();
        }
        _readings = Carry(identity.Sensors);
        _bounds = new TemperatureBounds(identity.Sensors);
        _health = new HealthRules(identity.Sensors, _bounds);
        _learning.Restart(identity.Sensors);
        Stream = stream;
        _view = _view with
        {
            Identity = identity,
            Readings = [.. _readings],
            Reconnects = _view.Reconnects + (isReconnect ? 1 : 0),
        };
    }

    public void Leave() => Stream = null;

    /// <summary>Whose figures its machine's are, from the next view on.</summary>
    public NodeSnapshot Share(SharedHost? host) => _view = _view.SharedHost == host ? _view : _view with { SharedHost = host };

    /// <summary>It gives a figure now: its stream has reported.</summary>
    public bool IsPresent(Moment now, TimeSpan interval) => !_awaitsFirstReport && _view.Power.Watts is not null && LinkAt(now, interval) != NodeLink.Down;

    public void RefuseEnergy() => _view = _view with { EnergyRefusals = _view.EnergyRefusals + 1 };

    /// <summary>A report of a stream that does not hold the node any more.</summary>
    public void Drop(NodeReport report) => _view = _view with { DroppedOfStream = _view.DroppedOfStream + report.Readings.Length + report.Unread };

    /// <summary>Takes a report in. Readings of another inventory than the last Hello's are dropped; the rest of it counts.</summary>
    /// <param name="interval">How often reports are asked for.</param>
    public void Take(NodeReport report, Moment at, TimeSpan interval)
    {
        var sensors = Identity!.Sensors;
        var isOurs = report.Inventory == Identity.Inventory;
        if (isOurs)
            TakeReadings(report);
        var elapsed = _lastReport is { } last ? at.Since(last) : TimeSpan.Zero;
        _lastReport = at;
        _isHistory = false;
        var isTold = !report.Throttles.IsEmpty;
        var throttled = isTold ? Throttling.Now(report.Throttles) : Throttling.Of(sensors, _readings);
        if (isTold)
            _throttledTime.Take(report.Throttles);
        else
            _throttledTime.Observe(report.AgentMonotonic, throttled, interval * 2);
        _view = _view with
        {
            LastSeen = at.Wall,
            Readings = [.. _readings],
            Power = report.Power,
            Learned = _learning.Take(report, _readings, Spent(elapsed, interval), (int)(at.Wall.UtcTicks / TimeSpan.TicksPerDay)),
            SmoothedPower = SmoothedPower.Next(_view.SmoothedPower, report.Power.Watts, elapsed),
            Temperature = TemperaturePick.Of(sensors, _readings),
            CpuUseMicros = CpuUse(sensors),
            ThermalHeadroom = _bounds.Least(_readings),
            CriticalHeadroom = _bounds.LeastCritical(_readings),
            Throttled = throttled,
            ThrottledTime = _throttledTime.Total,
            ThrottledSinceBoot = Throttling.SinceBoot(report.Throttles),
            Split = report.Split,
            State = _health.Judge(_readings, throttled),
            Sources = Merge(_view.Sources, report.Sources),
            Cost = report.Cost ?? _view.Cost,
            ClockSkew = report.AgentTime - at.Wall,
            Samples = _view.Samples + (isOurs ? report.Readings.Length : 0),
            DroppedOfInventory = _view.DroppedOfInventory + report.Unread + (isOurs ? 0 : report.Readings.Length),
            IngestDelay = _view.IngestDelay.Add(_delay.Observe(at.Monotonic, report.AgentMonotonic)),
        };
    }

    /// <summary>The node as it stands now. A node that is down has no power, temperature or state: what it last said is history.</summary>
    public NodeSnapshot View(Moment now, TimeSpan interval, Energy? energy)
    {
        var link = LinkAt(now, interval);
        if (link == NodeLink.Down && !_isHistory)
        {
            _isHistory = true;
            _view = _view with
            {
                Power = NodePower.None,
                SmoothedPower = null,
                Temperature = null,
                ThermalHeadroom = null,
                CriticalHeadroom = null,
                CpuUseMicros = null,
                Throttled = ImmutableSortedDictionary<ThrottleReason, bool>.Empty,
                ThrottledSinceBoot = ImmutableSortedDictionary<ThrottleReason, bool>.Empty,
                Split = null,
                State = NodeState.Unknown,
            };
        }
        return _view = _view.Link == link && _view.Energy == energy ? _view : _view with { Link = link, Energy = energy };
    }

    private NodeLink LinkAt(Moment now, TimeSpan interval)
    {
        if (Stream is null || _lastReport is not { } last)
            return NodeLink.Down;
        var silence = now.Since(last);
        interval = Identity?.Pace(interval) ?? interval;
        return silence > interval * 3 ? NodeLink.Down : silence > interval * 1.5 ? NodeLink.Stale : NodeLink.Up;
    }

    /// <summary>Time that a report speaks for: not for a silence before it.</summary>
    private TimeSpan Spent(TimeSpan elapsed, TimeSpan interval)
    {
        var most = (Identity?.Pace(interval) ?? interval) * 2;
        return elapsed < most ? elapsed : most;
    }

    private void TakeReadings(NodeReport report)
    {
        // The first report of a stream carries everything: what it does not name is not known any more.
        if (_awaitsFirstReport)
            Array.Fill(_readings, SensorReading.None);
        _awaitsFirstReport = false;
        foreach (var (sensor, reading) in report.Readings)
        {
            if ((uint)sensor < (uint)_readings.Length)
                _readings[sensor] = reading;
        }
    }

    /// <summary>The newest word on each source. When there are too many names, those that the report does not name are forgotten.</summary>
    private static ImmutableSortedDictionary<string, SourceReport> Merge(
        ImmutableSortedDictionary<string, SourceReport> known, ImmutableArray<SourceReport> news)
    {
        var entries = news.Select(source => KeyValuePair.Create(source.Source, source));
        var merged = known.SetItems(entries);
        return merged.Count <= MostSources ? merged : known.Clear().SetItems(entries);
    }

    /// <summary>After a hot-plug the indices move; readings follow their sensors.</summary>
    private SensorReading[] Carry(ImmutableArray<FleetSensor> sensors)
    {
        var old = new Dictionary<(string, string, string), SensorReading>();
        for (var i = 0; i < _readings.Length; i++)
            old[Key(Identity!.Sensors[i])] = _readings[i];
        return [.. sensors.Select(sensor => old.GetValueOrDefault(Key(sensor), SensorReading.None))];
    }

    private long? CpuUse(ImmutableArray<FleetSensor> sensors)
    {
        for (var i = 0; i < sensors.Length; i++)
        {
            if (sensors[i] is { Source: "cpu", Quantity: Quantity.Ratio, Shape: SensorShape.Gauge })
                return _readings[i].Usable;
        }
        return null;
    }

    private static (string, string, string) Key(FleetSensor sensor) => (sensor.Source, sensor.Device, sensor.Name);
}

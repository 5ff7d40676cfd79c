using System.Threading.Channels;
using Homelab.Aggregator.Fleet.Learned;

namespace Homelab.Aggregator.Fleet;

/// <summary>
/// The fleet's single writer: applies events in order, publishes a snapshot after each batch, and hands the ledger to the disk
/// once a second, and what it learned of the nodes now and then. It never touches the disk itself, so a slow card delays no reading.
/// </summary>
internal sealed class FleetLoop(
    FleetRoster roster, FleetStore store, FleetEvents events, LedgerLoop ledgers, LevelsLoop levels, TimeProvider time, ILogger<FleetLoop> logger)
    : BackgroundService
{
    public static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SpacingPerNode = TimeSpan.FromMicroseconds(100);
    private const int EventsPerSnapshot = 1024;
    private string _storageFailure = "";
    private long _heartbeat;
    private long _levelsOffered;
    private ITimer? _timer;

    /// <summary>Runs after each tick; feeds the service manager's watchdog.</summary>
    public Action? Alive { get; set; }

    /// <summary>Time since the last tick was worked off.</summary>
    public TimeSpan Silence => time.GetElapsedTime(Volatile.Read(ref _heartbeat));

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _levelsOffered = time.GetTimestamp();
        Volatile.Write(ref _heartbeat, _levelsOffered);
        _timer = time.CreateTimer(_ => events.TryPost(new Ticked(Moment.Of(time))), null, TickInterval, TickInterval);
        return base.StartAsync(cancellationToken);
    }

    /// <summary>What came in before the stop is still counted; the host stops the ledger's loop, which stores it, after this one.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _timer?.Dispose();
        await base.StopAsync(cancellationToken);
        WorkOff();
        ledgers.Offer(roster.Ledger);
        levels.Offer(roster.Levels.Write());
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await events.Reader.WaitToReadAsync(stoppingToken))
            WorkOff();
    }

    /// <summary>A snapshot costs about a microsecond a node: large fleets share one between many reports.</summary>
    private void WorkOff()
    {
        do
        {
            // Publishing gets its turn in a flood too.
            for (var budget = EventsPerSnapshot; budget > 0 && events.Reader.TryRead(out var happening); budget--)
                Apply(happening);
            Publish();
        }
        while (events.Reader.TryPeek(out _));
    }

    private void Publish()
    {
        var now = Moment.Of(time);
        if (now.Since(store.Current.At) < SpacingPerNode * store.Current.Nodes.Length)
            return;
        try
        {
            store.Publish(roster.Publish(now));
        }
        catch (Exception unexpected)
        {
            // The last snapshot stands, and ages in everybody's sight.
            Log.EventFailed(logger, nameof(Publish), unexpected);
        }
    }

    private void Apply(FleetEvent happening)
    {
        try
        {
            if (roster.Apply(happening) is CountOutcome.WentBackwards or CountOutcome.Implausible)
                WarnOnceOfEnergy((NodeReported)happening);
        }
        catch (Exception unexpected)
        {
            // One event must not end the loop that all nodes depend on.
            Log.EventFailed(logger, happening.GetType().Name, unexpected);
        }
        if (happening is Ticked)
            Tick();
        if (happening is LedgerStored stored)
            NoteStorage(stored.Failure);
    }

    private void Tick()
    {
        ledgers.Offer(roster.Ledger);
        if (time.GetElapsedTime(_levelsOffered) >= LevelsLoop.Interval)
        {
            _levelsOffered = time.GetTimestamp();
            levels.Offer(roster.Levels.Write());
        }
        Volatile.Write(ref _heartbeat, time.GetTimestamp());
        Alive?.Invoke();
    }

    private void WarnOnceOfEnergy(NodeReported reported)
    {
        if (store.Current.Find(reported.Node) is { EnergyRefusals: 0 })
            Log.EnergyRefused(logger, reported.Node.Value, reported.Report.Energy.ToString());
    }

    private void NoteStorage(string failure)
    {
        if (failure.Length > 0 && _storageFailure.Length == 0)
            Log.StorageFailed(logger, failure);
        else if (failure.Length == 0 && _storageFailure.Length > 0)
            Log.StorageBack(logger);
        _storageFailure = failure;
    }
}

/// <summary>The way into the fleet: bounded, so that a flood of reports waits in its own stream and not in memory.</summary>
internal sealed class FleetEvents
{
    private readonly Channel<FleetEvent> _channel = Channel.CreateBounded<FleetEvent>(
        new BoundedChannelOptions(1024) { SingleReader = true });

    public ChannelReader<FleetEvent> Reader => _channel.Reader;

    /// <summary>Waits for room.</summary>
    public ValueTask PostAsync(FleetEvent happening, CancellationToken cancelled) => _channel.Writer.WriteAsync(happening, cancelled);

    /// <summary>False when there is no room; right for ticks, which the next one makes up for.</summary>
    public bool TryPost(FleetEvent happening) => _channel.Writer.TryWrite(happening);
}

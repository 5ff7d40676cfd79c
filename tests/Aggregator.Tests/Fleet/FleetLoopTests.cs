using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Fleet.Learned;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.TestKit;
using Homelab.Units;
using Microsoft.Extensions.Logging;

namespace Homelab.Aggregator.Tests.Fleet;

public sealed class FleetLoopTests : IAsyncDisposable
{
    private readonly ManualClock _time = Sample.Clock();
    private readonly MemorySlots _slots = new();
    private readonly RecordedLog _log = new();
    private readonly FleetEvents _events = new();
    private readonly FleetStore _store;
    private readonly LedgerLoop _ledgers;
    private readonly MemorySlots _levelSlots = new();
    private readonly LevelsLoop _levels;
    private readonly FleetLoop _loop;
    private readonly LoggerFactory _loggers = new();

    public FleetLoopTests()
    {
        _loggers.AddProvider(_log);
        var roster = new FleetRoster(Sample.Rules, EnergyLedger.Empty);
        _store = new FleetStore(roster.Publish(Moment.Of(_time)));
        _ledgers = new LedgerLoop(new EnergyLedgerFile(_slots), _events, _time);
        _levels = new LevelsLoop(new LevelsFile(_levelSlots), new Logger<LevelsLoop>(_loggers));
        _loop = new FleetLoop(roster, _store, _events, _ledgers, _levels, _time, new Logger<FleetLoop>(_loggers));
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _loop.Dispose();
        _ledgers.Dispose();
        _levels.Dispose();
        _loggers.Dispose();
    }

    [Fact]
    public async Task Execute_ReportThenTick_PublishesPowerThenStoredEnergy()
    {
        await StartAsync();
        await PostAsync(Greeted, Reported(50));

        // Power first: while the ledger's thread is at work the clock goes on, and the node falls silent.
        var drawn = await UntilAsync(snapshot => snapshot.Balance.Power is not null);
        var fleet = await UntilAsync(snapshot => snapshot.Energy > Energy.Zero);

        Assert.Equal(Energy.FromJoules(50), fleet.Energy);
        Assert.Equal(Power.FromWatts(40), drawn.Balance.Power);
        Assert.Equal(Energy.FromJoules(50), new EnergyLedgerFile(_slots).Open().Ledger.FleetTotal);
    }

    [Fact]
    public async Task Execute_NothingChanges_WritesOnceOnly()
    {
        await StartAsync();
        var first = await UntilAsync(_ => _slots.Writes == 1);
        await UntilAsync(snapshot => snapshot.Version > first.Version + 5);

        Assert.Equal(1, _slots.Writes);
    }

    [Fact]
    public async Task Execute_DiskFullThenFree_KeepsServingAndCatchesUp()
    {
        _slots.Failure = "No space left on device";
        await StartAsync();
        await PostAsync(Greeted, Reported(50));
        var full = await UntilAsync(snapshot => snapshot.StorageFailure.Length > 0);
        Assert.Null(full.Nodes[0].Energy);
        Assert.Equal("No space left on device", full.StorageFailure);

        _slots.Failure = null;
        await UntilAsync(snapshot => snapshot.StorageFailure.Length == 0 && snapshot.Energy == Energy.FromJoules(50));

        Assert.Equal(["Error 101", "Information 102"], _log.Lines.Select(line => string.Join(' ', line.Split(' ')[..2])));
    }

    [Fact]
    public async Task Execute_EventThatThrows_IsLoggedAndTheNextStillCounts()
    {
        await StartAsync();
        await PostAsync(Greeted, new NodeReported(new StreamNumber(1), Sample.Node(), null!, Moment.Of(_time)), Reported(50));

        await UntilAsync(snapshot => snapshot.Balance.Power is not null);

        Assert.Contains(_log.Lines, line => line.StartsWith("Error 100 NodeReported", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Execute_EveryTick_FeedsTheWatchdog()
    {
        var fed = new TaskCompletionSource();
        _loop.Alive = fed.SetResult;
        await StartAsync();

        _time.Advance(FleetLoop.TickInterval);

        await fed.Task.InTime();
        Assert.Equal(TimeSpan.Zero, _loop.Silence);
    }

    [Fact]
    public async Task Stop_EnergyCountedSinceTheLastTick_IsStored()
    {
        await StartAsync();
        await PostAsync(Greeted, Reported(77));
        await _store.NewerThan(1, default).InTime();

        await StopAsync();

        Assert.Equal(Energy.FromJoules(77), new EnergyLedgerFile(_slots).Open().Ledger.FleetTotal);
    }

    [Fact]
    public async Task Stop_LevelsLearnedSinceTheLastOffer_AreStored()
    {
        await StartAsync();
        await PostAsync(Greeted, Reported(1));
        await _store.NewerThan(1, default).InTime();
        _time.Advance(TimeSpan.FromSeconds(1));
        await PostAsync(Reported(2));

        await StopAsync();

        Assert.Equal("power package rapl-package", Assert.Single(new LevelsFile(_levelSlots).Open().Levels[Sample.Node()].Kinds).Kind);
    }

    [Fact]
    public async Task Execute_QuarterOfAnHour_StoresTheLevelsAndSaysOnceThatItCanNot()
    {
        _levelSlots.Failure = "No space left on device";
        await StartAsync();
        await PostAsync(Greeted, Reported(50));
        await PassAsync(() => _log.Lines.Count(line => line.StartsWith("Warning 105", StringComparison.Ordinal)) == 1);

        _levelSlots.Failure = null;
        await PassAsync(() => _log.Lines.Count(line => line.StartsWith("Information 106", StringComparison.Ordinal)) == 1);

        Assert.Single(_log.Lines, line => line.StartsWith("Warning 105", StringComparison.Ordinal));
        Assert.NotNull(_levelSlots[0]);
    }

    /// <summary>Lets quarters of an hour go by until it is so.</summary>
    private async Task PassAsync(Func<bool> isSo)
    {
        while (!isSo())
        {
            _time.Advance(LevelsLoop.Interval);
            await _store.NewerThan(_store.Current.Version, default).InTime();
        }
    }

    private NodeGreeted Greeted => new(new StreamNumber(1), Sample.Identity(), Moment.Of(_time));

    private NodeReported Reported(double joules) => new(new StreamNumber(1), Sample.Node(), Sample.Report(40, joules), Moment.Of(_time));

    private async Task StartAsync()
    {
        await _ledgers.StartAsync(default);
        await _levels.StartAsync(default);
        await _loop.StartAsync(default);
    }

    private async Task StopAsync()
    {
        await _loop.StopAsync(default).InTime();
        await _ledgers.StopAsync(default).InTime();
        await _levels.StopAsync(default).InTime();
    }

    private async Task PostAsync(params FleetEvent[] happenings)
    {
        foreach (var happening in happenings)
            await _events.PostAsync(happening, default);
    }

    /// <summary>Ticks until a snapshot is as wanted.</summary>
    private async Task<FleetSnapshot> UntilAsync(Func<FleetSnapshot, bool> wanted)
    {
        var snapshot = _store.Current;
        while (!wanted(snapshot))
        {
            _time.Advance(FleetLoop.TickInterval);
            snapshot = await _store.NewerThan(snapshot.Version, default).InTime();
        }
        return snapshot;
    }
}

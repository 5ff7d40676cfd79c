using Homelab.NodeAgent.Enforcement;
using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.NodeAgent.Sensors.Machine;
using Homelab.NodeAgent.Tests.Enforcement;
using Homelab.NodeAgent.Uplink;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Uplink;

public sealed class UplinkLoopTests : IDisposable
{
    private static readonly Inventory Inventory = new([Some.Utilization]);

    private readonly ManualClock _time = new();
    private readonly MonotonicClock _clock;
    private readonly ListLog _log = new();
    private readonly SnapshotStore _store = new();
    private readonly FakeAggregator _aggregator = new();
    private readonly CapBoard _board = Caps.Board(takesOffers: false);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private double _joules;

    public UplinkLoopTests()
    {
        _clock = new MonotonicClock(_time);
        var machine = new MachineFacts("", "amd64", "", "", "", "", 1, 0);
        var identity = new NodeIdentity(NodeName.Parse("n1"), new byte[16], "0.1.0", machine, false, 1);
        var options = new UplinkOptions();
        _loop = new UplinkLoop(_aggregator, identity, _store, _board, options, _clock, () => 0, _log).RunAsync(_stop.Token);
    }

    public void Dispose()
    {
        _stop.Cancel();
        Assert.True(_loop.Wait(TimeSpan.FromSeconds(30)));
        _stop.Dispose();
    }

    [Fact]
    public async Task Run_BeforeTheFirstSample_HasDialledAndSaidNothing()
    {
        await Eventually.TrueAsync(() => _aggregator.Links.Count == 1);

        Assert.Empty(_aggregator.Heard);
    }

    [Fact]
    public async Task Run_FirstSample_SaysHelloAndThenEverything()
    {
        Publish();
        await Eventually.TrueAsync(() => _aggregator.Reports.Any());

        var words = _aggregator.Heard.Where(w => w is AgentWord.Hello or AgentWord.Report).ToList();
        Assert.Same(Inventory, Assert.IsType<AgentWord.Hello>(words[0]).Inventory);
        var report = Assert.IsType<AgentWord.Report>(words[1]);
        Assert.Equal((1UL, 1u), (report.Sequence, report.InventoryNumber));
        Assert.Equal([0], report.Changed);
        await Eventually.TrueAsync(() => _log.Lines.Any(l => l.Contains("first report acknowledged", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Run_MoreSensorsThanAHelloHolds_SaysSoInTheLog()
    {
        var sensors = new SensorInfo[4097];
        Array.Fill(sensors, Some.Utilization);
        _store.Publish(Some.Sample(new Inventory(sensors), new Reading[sensors.Length]));

        await Eventually.TrueAsync(() => _log.Lines.Any(l => l.Contains("4097 sensors are read; the aggregator is told of the first 4096", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Run_SamplesFasterThanTheInterval_AreSentAtItsPace()
    {
        Publish();
        await Eventually.TrueAsync(() => _aggregator.Reports.Count() == 1);
        for (var i = 0; i < 10; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(250));
            var sample = Publish();
            if (i % 4 == 3)
                await Eventually.TrueAsync(() => _aggregator.Reports.Any(r => r.Sample == sample));
        }

        Assert.Equal(3, _aggregator.Reports.Count());
    }

    [Fact]
    public async Task Run_AggregatorAwayThenBack_ReconnectsAndTheEnergyIsAllThere()
    {
        Publish(joules: 10);
        await Eventually.TrueAsync(() => _aggregator.Reports.Any());
        _aggregator.Away = new LinkException("connection refused");
        _aggregator.Links.Last().End(new LinkException("connection reset"));
        await Eventually.TrueAsync(() => _aggregator.Links.First().IsDisposed);
        for (var second = 0; second < 120; second++)
        {
            await Eventually.TrueAsync(() => _time.PendingTimers > 0);
            _time.Advance(TimeSpan.FromSeconds(1));
            Publish(joules: 15);
        }
        var attempts = _aggregator.Links.Count;
        _aggregator.Away = null;

        AgentWord.Report? first = null;
        await Eventually.TrueAsync(
            () => (first = _aggregator.Links.Skip(1).SelectMany(l => l.Heard).OfType<AgentWord.Report>().FirstOrDefault()) is not null,
            () => _time.Advance(TimeSpan.FromSeconds(1)));

        Assert.Equal(1UL, first!.Sequence);
        Assert.Equal(Energy.FromJoules(10 + (120 * 15)), first.Sample.Energy);
        Assert.Equal([0], first.Changed);
        // With no jitter each wait is half a second: the bound only spreads them. One line, not hundreds.
        Assert.True(attempts > 10);
        Assert.Single(_log.Lines, l => l.Contains("no connection", StringComparison.Ordinal));
        Assert.Equal(2, _log.Lines.Count(l => l.Contains("connected to", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Run_AnotherAggregatorIsThere_DialsItWithoutBackOff()
    {
        Publish();
        await Eventually.TrueAsync(() => _aggregator.Reports.Any());
        _aggregator.Others = 1;
        _aggregator.Links.Last().Say(new AggregatorWord.Goodbye("this aggregator stands by: 'aggregator-1' leads", TimeSpan.FromSeconds(30)));
        await Eventually.TrueAsync(() => _time.PendingTimers > 0 && _aggregator.TurnedAway.Count == 1);

        await Eventually.TrueAsync(() => _aggregator.Links.Count == 2, () => _time.Advance(TimeSpan.FromMilliseconds(10)));

        Assert.Equal([true], _aggregator.TurnedAway);
        Assert.True(_clock.Now < TimeSpan.FromSeconds(20), $"{_clock.Now}");
    }

    [Fact]
    public async Task Run_HardwareChanges_SaysHelloAgainBeforeTheReport()
    {
        Publish();
        await Eventually.TrueAsync(() => _aggregator.Reports.Any());
        var more = new Inventory([Some.Utilization, Some.Zone("package-0", "intel-rapl:0")]);
        _time.Advance(TimeSpan.FromSeconds(1));

        _store.Publish(Some.Sample(more, [Reading.Ok(1), Reading.Ok(2)], _clock.Now));
        await Eventually.TrueAsync(() => _aggregator.Reports.Count() == 2);

        var words = _aggregator.Links.Single().Heard.Where(w => w is AgentWord.Hello or AgentWord.Report).ToList();
        Assert.Equal((2u, more), (((AgentWord.Hello)words[2]).Number, ((AgentWord.Hello)words[2]).Inventory));
        Assert.Equal((2UL, 2u), (((AgentWord.Report)words[3]).Sequence, ((AgentWord.Report)words[3]).InventoryNumber));
    }

    [Fact]
    public async Task Run_AStuckWrite_EndsTheSessionAfterItsDeadline()
    {
        Publish();
        await Eventually.TrueAsync(() => _aggregator.Reports.Any());
        _aggregator.IsStuck = true;
        _time.Advance(TimeSpan.FromSeconds(1));
        Publish();

        await Eventually.TrueAsync(() => _aggregator.Links.Count > 1, () => _time.Advance(TimeSpan.FromSeconds(1)));

        Assert.True(_aggregator.Links.First().IsDisposed);
        Assert.Contains(_log.Lines, l => l.Contains("could not be sent within 10s", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_HelloUnanswered_IsGivenUpAndDialledAgain()
    {
        _aggregator.Answers = false;
        Publish();

        await Eventually.TrueAsync(() => _aggregator.Links.Count > 1, () => _time.Advance(TimeSpan.FromSeconds(1)));

        Assert.Contains(_log.Lines, l => l.Contains("no answer to Hello within 15s", StringComparison.Ordinal));
        Assert.Empty(_aggregator.Reports);
    }

    [Fact]
    public async Task Run_ReportsUnacknowledged_EndTheSession()
    {
        Publish();
        await Eventually.TrueAsync(() => _aggregator.Reports.Any());
        _aggregator.Answers = false;

        await Eventually.TrueAsync(() => _aggregator.Links.Count > 1, () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Publish();
        });

        Assert.Contains(_log.Lines, l => l.Contains("no acknowledgement within 15s", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_AGrant_IsAnsweredThatThisNodeOnlyObserves()
    {
        Publish();
        await Eventually.TrueAsync(() => _aggregator.Reports.Any());

        _aggregator.Links.Single().Say(new AggregatorWord.Grant(Caps.Offer(4, 2, 20, TimeSpan.Zero)));

        await Eventually.TrueAsync(() => _aggregator.Heard.OfType<AgentWord.Applied>().Any(a => a.Status is { Epoch: 4, Sequence: 2, Result: CapResult.Observing }));
    }

    [Fact]
    public async Task Run_Welcomed_SaysRangeAndStatusAfterHello()
    {
        Publish();
        await Eventually.TrueAsync(() => _aggregator.Heard.OfType<AgentWord.Applied>().Any());

        Assert.IsType<AgentWord.Hello>(_aggregator.Heard.First());
        Assert.Contains(_aggregator.Heard, w => w is AgentWord.CapRange { Span.IsEnforcing: false });
        await Eventually.TrueAsync(() => _board.IsToldAsync(TimeSpan.FromDays(1), _time).IsCompletedSuccessfully, () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Publish();
        });
    }

    [Fact]
    public async Task Run_Farewell_IsToldOnlyWhenAReportThatFollowsItIsAcknowledged()
    {
        Publish();
        await Eventually.TrueAsync(() => _aggregator.Heard.OfType<AgentWord.Applied>().Any() && _aggregator.Reports.Any());
        _aggregator.Answers = false;
        var before = _aggregator.Reports.Last().Sequence;

        _board.Post(null, null, _board.Current.Status with { Detail = "farewell" }, isFarewell: true);
        var told = _board.IsToldAsync(TimeSpan.FromDays(1), _time);
        // No new sample: the one that was sent last goes again.
        await Eventually.TrueAsync(() => _aggregator.Reports.Last().Sequence == before + 1);
        var words = _aggregator.Heard.ToList();
        Assert.True(words.FindIndex(w => w is AgentWord.Applied { Status.Detail: "farewell" }) < words.FindLastIndex(w => w is AgentWord.Report));
        _aggregator.Links.Single().Say(new AggregatorWord.Acknowledged(before));
        _aggregator.Links.Single().Say(new AggregatorWord.Grant(Caps.Offer(4, 2, 20, TimeSpan.Zero)));
        await Eventually.TrueAsync(() => _aggregator.Heard.OfType<AgentWord.Applied>().Any(a => a.Status.Sequence == 2));
        Assert.False(told.IsCompleted);

        _aggregator.Links.Single().Say(new AggregatorWord.Acknowledged(before + 1));
        Assert.True(await told.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task Run_Goodbye_LeavesTheAggregatorAloneForAsLongAsItAsks()
    {
        Publish();
        await Eventually.TrueAsync(() => _aggregator.Reports.Any());

        _aggregator.Links.Single().Say(new AggregatorWord.Goodbye("draining", TimeSpan.FromSeconds(5)));
        await Eventually.TrueAsync(() => _aggregator.Links.First().IsDisposed && _time.PendingTimers > 0);
        _time.Advance(TimeSpan.FromSeconds(4.9));
        await Task.Yield();
        Assert.Single(_aggregator.Links);

        await Eventually.TrueAsync(() => _aggregator.Links.Count == 2, () => _time.Advance(TimeSpan.FromMilliseconds(50)));
    }

    [Fact]
    public async Task Run_ARefusal_IsAnErrorAndDialledAgain()
    {
        var refusal = new LinkException("AlreadyExists: another agent", isRefusal: true);
        _aggregator.Away = refusal;
        await Eventually.TrueAsync(() => _aggregator.Links.Count == 1);
        _aggregator.Links.Single().End(refusal);

        await Eventually.TrueAsync(() => _aggregator.Links.Count > 3, () => _time.Advance(TimeSpan.FromSeconds(1)));

        Assert.Single(_log.Lines, l => l.StartsWith("Error: the aggregator refuses this node: AlreadyExists", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_RefusedAfterItWasAway_TheRefusalIsToldToo()
    {
        var away = new LinkException("connection refused");
        _aggregator.Away = away;
        await Eventually.TrueAsync(() => _aggregator.Links.Count == 1);
        _aggregator.Links.Single().End(away);
        await Eventually.TrueAsync(() => _aggregator.Links.Count > 3, () => _time.Advance(TimeSpan.FromSeconds(1)));
        Assert.Single(_log.Lines, l => l.Contains("no connection", StringComparison.Ordinal));

        _aggregator.Away = new LinkException("AlreadyExists: another agent", isRefusal: true);
        await Eventually.TrueAsync(() => _aggregator.Links.Count > 7, () => _time.Advance(TimeSpan.FromSeconds(1)));

        Assert.Single(_log.Lines, l => l.StartsWith("Error: the aggregator refuses this node: AlreadyExists", StringComparison.Ordinal));
    }

    private NodeSample Publish(double joules = 1)
    {
        _joules += joules;
        var sample = Some.Sample(Inventory, [Reading.Ok((long)_joules)], _clock.Now, _joules);
        _store.Publish(sample);
        return sample;
    }
}

using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.TestKit;
using Homelab.Units;
using NodeState = Homelab.Aggregator.Fleet.NodeState;

namespace Homelab.Aggregator.Tests.Fleet;

public sealed class FleetRosterTests
{
    private readonly ManualClock _time = Sample.Clock();
    private readonly FleetRoster _roster = new(Sample.Rules, EnergyLedger.Empty);

    private Moment Now => Moment.Of(_time);

    [Fact]
    public void Publish_NodeReports_IsUpWithItsPower()
    {
        Greet(1, Sample.Identity());
        Report(1, Sample.Report(41.2));

        var fleet = _roster.Publish(Now);

        var node = Assert.Single(fleet.Nodes);
        Assert.Equal(NodeLink.Up, node.Link);
        Assert.Equal(Power.FromWatts(41.2), node.Power.Watts);
        Assert.Equal(Power.FromWatts(41.2), fleet.Balance.Power);
        Assert.Equal(1, fleet.Streams);
    }

    [Fact]
    public void Publish_ReportsStop_NodeIsStaleThenDown()
    {
        Greet(1, Sample.Identity());
        Report(1, Sample.Report(41.2));

        _time.Advance(TimeSpan.FromSeconds(2));
        var stale = _roster.Publish(Now);
        _time.Advance(TimeSpan.FromSeconds(1.5));
        var down = _roster.Publish(Now);

        Assert.Equal(NodeLink.Stale, stale.Nodes[0].Link);
        Assert.Equal(Power.FromWatts(41.2), stale.Balance.Power);
        Assert.Equal(NodeLink.Down, down.Nodes[0].Link);
        Assert.Null(down.Balance.Power);
        Assert.Equal(1, down.Balance.Missing);
        Assert.Equal(NodePower.None, down.Nodes[0].Power);
        Assert.Null(down.Nodes[0].SmoothedPower);
        Assert.Equal(NodeState.Unknown, down.Nodes[0].State);
    }

    [Fact]
    public void Publish_AgentSamplesSlowly_NodeStaysUpBetweenItsReports()
    {
        Greet(1, Sample.Identity() with { SampleInterval = TimeSpan.FromSeconds(8) });
        Report(1, Sample.Report(41.2));

        _time.Advance(TimeSpan.FromSeconds(8));
        var between = _roster.Publish(Now);
        _time.Advance(TimeSpan.FromSeconds(17));
        var silent = _roster.Publish(Now);

        Assert.Equal(NodeLink.Up, between.Nodes[0].Link);
        Assert.Equal(NodeLink.Down, silent.Nodes[0].Link);
    }

    [Fact]
    public void Publish_StreamEnds_NodeIsDownAtOnce()
    {
        Greet(1, Sample.Identity());
        Report(1, Sample.Report());
        _roster.Apply(new NodeLeft(new StreamNumber(1), Sample.Node(), Now));

        var fleet = _roster.Publish(Now);

        Assert.Equal(NodeLink.Down, fleet.Nodes[0].Link);
        Assert.Null(fleet.Nodes[0].Power.Watts);
        Assert.Equal(0, fleet.Streams);
    }

    [Fact]
    public void Publish_OneOfTwoNodesDown_SumIsOfTheOtherAndOneIsMissing()
    {
        Greet(1, Sample.Identity("a"));
        Greet(2, Sample.Identity("b"));
        Report(1, Sample.Report(30), "a");
        Report(2, Sample.Report(20), "b");
        _roster.Apply(new NodeLeft(new StreamNumber(2), Sample.Node("b"), Now));

        var balance = _roster.Publish(Now).Balance;

        Assert.Equal(Power.FromWatts(30), balance.Power);
        Assert.Equal((1, 1), (balance.Reporting, balance.Missing));
    }

    [Fact]
    public void Publish_WallClockJumps_LinkAndTimeOverBudgetAreUntouched()
    {
        Greet(1, Sample.Identity());
        Report(1, Sample.Report(140));
        _roster.Publish(Now);
        _time.JumpWall(TimeSpan.FromDays(-400));
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(NodeLink.Up, _roster.Publish(Now).Nodes[0].Link);
        Assert.Equal(TimeSpan.FromSeconds(1), _roster.Ledger.OverBudget);
    }

    [Fact]
    public void Apply_OldStreamAfterTakeover_IsNotHeard()
    {
        Greet(1, Sample.Identity());
        Report(1, Sample.Report(40, 10));
        Greet(2, Sample.Identity());

        Report(1, Sample.Report(99, 99, readings: [(0, Sample.Ok(1)), (1, Sample.Ok(2))]));
        _roster.Apply(new NodeLeft(new StreamNumber(1), Sample.Node(), Now));
        Report(2, Sample.Report(41, 11));

        var node = _roster.Publish(Now).Nodes[0];
        Assert.Equal(Power.FromWatts(41), node.Power.Watts);
        Assert.Equal(NodeLink.Up, node.Link);
        Assert.Equal(1, node.Reconnects);
        Assert.Equal((2, 0), (node.DroppedOfStream, node.DroppedOfInventory));
        Assert.Equal(Energy.FromJoules(11), _roster.Ledger.TotalOf(Sample.Node()));
    }

    [Fact]
    public void Publish_EnergyCountedButNotStored_IsNotShown()
    {
        Greet(1, Sample.Identity());
        Report(1, Sample.Report(40, 10));
        var before = _roster.Publish(Now);
        var ledger = _roster.Ledger;
        Report(1, Sample.Report(40, 12));

        _roster.Apply(new LedgerStored(ledger, "", Now));
        var after = _roster.Publish(Now);

        Assert.Null(before.Nodes[0].Energy);
        Assert.Null(before.Energy);
        Assert.Equal(Energy.FromJoules(10), after.Nodes[0].Energy);
        Assert.Equal(Energy.FromJoules(10), after.Energy);
        Assert.Equal(Energy.FromJoules(12), _roster.Ledger.FleetTotal);
    }

    [Fact]
    public void Publish_StoreFailed_TotalsStandStillAndTheFailureShows()
    {
        Greet(1, Sample.Identity());
        Report(1, Sample.Report(40, 10));
        _roster.Apply(new LedgerStored(_roster.Ledger, "No space left on device", Now));

        var fleet = _roster.Publish(Now);

        Assert.Null(fleet.Nodes[0].Energy);
        Assert.Equal("No space left on device", fleet.StorageFailure);
        Assert.Equal(Power.FromWatts(40), fleet.Balance.Power);
    }

    [Fact]
    public void Constructor_StoredLedger_ShowsItsNodesDownWithTheirEnergy()
    {
        var stored = EnergyLedger.Empty.Count(Sample.Node("pi4"), Sample.Instance(), Energy.FromJoules(5)).Ledger;

        var node = Assert.Single(new FleetRoster(Sample.Rules, stored).Publish(Now).Nodes);

        Assert.Equal(NodeLink.Down, node.Link);
        Assert.Null(node.Identity);
        Assert.Equal(Energy.FromJoules(5), node.Energy);
    }

    [Fact]
    public void Apply_EnergyCounterFalls_IsCountedAsRefused()
    {
        Greet(1, Sample.Identity());
        Report(1, Sample.Report(40, 10));

        var outcome = Report(1, Sample.Report(40, 9));

        Assert.Equal(CountOutcome.WentBackwards, outcome);
        Assert.Equal(1, _roster.Publish(Now).Nodes[0].EnergyRefusals);
        Assert.Equal(Energy.FromJoules(10), _roster.Ledger.TotalOf(Sample.Node()));
    }

    [Fact]
    public void Publish_AboveBudgetForAWhile_CountsTheTime()
    {
        Greet(1, Sample.Identity());
        for (var second = 0; second < 5; second++)
        {
            Report(1, Sample.Report(second < 3 ? 120 : 60));
            _roster.Publish(Now);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(TimeSpan.FromSeconds(3), _roster.Ledger.OverBudget);
    }

    [Fact]
    public void Publish_PowerHoversAtTheWarning_StateHasHysteresis()
    {
        Greet(1, Sample.Identity());

        FleetState At(double watts)
        {
            Report(1, Sample.Report(watts));
            return _roster.Publish(Now).Balance.State;
        }

        Assert.Equal([FleetState.Elevated, FleetState.Elevated, FleetState.Ok], new[] { At(91), At(89), At(80) });
    }

    private void Greet(long stream, NodeIdentity identity) => _roster.Apply(new NodeGreeted(new StreamNumber(stream), identity, Now));

    private CountOutcome? Report(long stream, NodeReport report, string node = "um890") =>
        _roster.Apply(new NodeReported(new StreamNumber(stream), Sample.Node(node), report, Now));
}

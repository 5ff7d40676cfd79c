using System.Collections.Immutable;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Control;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Orders;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Control;

public sealed class ControlDeskTests : IDisposable
{
    private static readonly StreamNumber First = new(1);
    private static readonly StreamNumber Second = new(2);
    private static readonly CapAbility Able = new(true, Power.FromWatts(14), Power.FromWatts(65), Power.FromWatts(8), [], TimeSpan.FromSeconds(1), 0.01);

    private readonly ManualClock _time = Sample.Clock();
    private readonly RecordedLog _log = new();

    [Fact]
    public void TakeGrants_MemoryNotOnDisk_GivesNoneUntilItIs()
    {
        var desk = Desk();
        Join(desk, First);
        Round(desk);
        Assert.Empty(desk.TakeGrants());

        Assert.False(desk.IsStored);
        Store(desk);
        Round(desk);
        Store(desk);

        var (stream, posted) = Assert.Single(desk.TakeGrants());
        Assert.Equal((First, Sample.Node()), (stream, posted.Grant.Node));
        Assert.Empty(desk.TakeGrants());
    }

    [Fact]
    public void TakeGrants_DiskThatFails_GivesNone()
    {
        var desk = Desk();
        Join(desk, First);
        Round(desk);
        desk.Apply(new ControlStored(desk.ToStore, "No space left on device", Moment.Of(_time)));
        Round(desk);

        Assert.Empty(desk.TakeGrants());
        Assert.Equal("No space left on device", desk.View(DelayHistogram.Empty).StorageFailure);
    }

    [Fact]
    public void TakeGrants_StreamWithoutAReportYet_GivesNone()
    {
        var desk = Held();
        // Another process of the agent: its clock starts again, and a lease on the old one would outlive everything.
        desk.Apply(new NodeCapable(Second, Sample.Node(), Able, Moment.Of(_time)));
        desk.Apply(Answered(Second, 0, 0));
        Round(desk);
        Store(desk);
        Assert.Empty(desk.TakeGrants());

        See(desk, Second, TimeSpan.FromSeconds(1));
        Round(desk);
        Store(desk);
        Assert.All(desk.TakeGrants(), sent => Assert.True(sent.Stream == Second && sent.Grant.Grant.Basis <= TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void Apply_EventsOfAnOlderStream_AreNotHeard()
    {
        var desk = Held();
        desk.Apply(new NodeCapable(Second, Sample.Node(), Able, Moment.Of(_time)));
        See(desk, Second, TimeSpan.FromSeconds(1));
        See(desk, First, TimeSpan.FromHours(1));
        desk.Apply(new NodeGone(First, Sample.Node(), Moment.Of(_time)));
        Round(desk);
        Store(desk);

        Assert.All(desk.TakeGrants(), sent => Assert.Equal(Second, sent.Stream));
    }

    [Fact]
    public void Apply_AnswerToAGrantThatWasNeverGiven_IsTurnedDownOnce()
    {
        var desk = Held();
        var epoch = desk.State!.Epoch;
        desk.Apply(Answered(First, epoch, ulong.MaxValue));
        desk.Apply(Answered(First, epoch, ulong.MaxValue));

        Assert.Contains("never given", Assert.Single(_log.Lines, line => line.StartsWith("Warning 304", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_AnswerBeforeTheRange_CountsOnceTheRangeIsThere()
    {
        var desk = Desk();
        desk.Apply(Answered(First, 0, 0));
        Assert.Empty(desk.View0(_time).Leases);
        desk.Apply(new NodeCapable(First, Sample.Node(), Able, Moment.Of(_time)));

        Assert.Equal(LeaseStanding.None, desk.View0(_time).Leases[Sample.Node()].Standing);
    }

    [Fact]
    public void IsDue_OperatorsOrder_DoesNotWaitForThePeriod()
    {
        var desk = Desk();
        Round(desk);
        Assert.False(desk.IsDue(Moment.Of(_time)));

        desk.Apply(Order(new SetOverride("fleet", Power.FromWatts(20), TimeSpan.FromHours(1)), out _));

        Assert.True(desk.IsDue(Moment.Of(_time)));
        Round(desk);
        Assert.Equal(20, desk.State!.Budget.Watts);
        _time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.True(desk.IsDue(Moment.Of(_time)));
    }

    [Fact]
    public async Task Apply_Order_IsAnsweredOnceItIsOnDisk()
    {
        var desk = Desk();
        desk.Apply(Order(new SetSupply(true), out var answer));
        Round(desk);
        Assert.False(answer.IsCompleted);

        Store(desk);

        Assert.Equal(OrderResult.Done, (await answer.InTime()).Result);
    }

    [Fact]
    public async Task Close_OrderTheDiskNeverConfirmed_IsToldSo()
    {
        var desk = Desk();
        desk.Apply(Order(new SetSupply(true), out var answer));
        desk.Close();

        Assert.Equal(OrderResult.NotStored, (await answer.InTime()).Result);
    }

    [Fact]
    public void Mode_SwitchedAndConfiguredAnewSince_IsTheConfigured()
    {
        var switched = StoredControl.Empty with { Orders = StandingOrders.None with { Mode = new ModeSwitch(ControlMode.Cap, ControlMode.Observe) } };

        Assert.Equal(ControlMode.Cap, Desk(switched, ControlMode.Observe).Mode);
        Assert.Equal(ControlMode.Label, Desk(switched, ControlMode.Label).Mode);
    }

    [Fact]
    public void Apply_TwoOppositeSwitchesBeforeARound_TheLastIsInForce()
    {
        var desk = Held();
        var before = desk.Mode;

        desk.Apply(Order(new SwitchMode(ControlMode.Observe), out _));
        desk.Apply(Order(new SwitchMode(before), out _));
        Round(desk);

        Assert.NotEqual(ControlMode.Observe, before);
        Assert.Equal(before, desk.Mode);
    }

    [Fact]
    public void Decide_ScheduleBegins_BudgetFollowsAndSaysSo()
    {
        var peak = new BudgetSchedule("peak", [.. Enum.GetValues<DayOfWeek>()], new TimeOnly(11, 0), new TimeOnly(12, 0), ImmutableSortedDictionary<string, Power>.Empty.Add("fleet", Power.FromWatts(30)));
        var desk = Desk(schedules: [peak]);
        Round(desk);
        Assert.Equal(40, desk.State!.Budget.Watts);

        _time.Advance(TimeSpan.FromHours(1));
        var decisions = desk.Decide(Moment.Of(_time));

        Assert.Equal(30, desk.State!.Budget.Watts);
        Assert.Contains(decisions, decision => decision is { Kind: "budget", Reason: "schedule peak until 12:00" });
    }

    [Fact]
    public void Traits_OperatorsWord_StandsOverTheAgents()
    {
        var nodes = ImmutableSortedDictionary<NodeName, NodeSettings>.Empty.Add(Sample.Node(), new NodeSettings("batch", 3, Power.FromWatts(20), Power.FromWatts(54)));
        var settings = Settings(ControlMode.Cap) with { Nodes = nodes };

        var traits = settings.Traits(Sample.Node(), Able);
        var plain = settings.Traits(Sample.Node("other"), Able);

        Assert.Equal(("batch", 3, 20, 54), (traits.PriorityClass, traits.Weight, traits.Floor.Watts, traits.Ceiling.Watts));
        Assert.Equal(("", 0, 14, 65), (plain.PriorityClass, plain.Weight, plain.Floor.Watts, plain.Ceiling.Watts));
    }

    public void Dispose() => _log.Dispose();

    [Fact]
    public void Place_NodeFoundInACluster_ItsWattsAreThatGroupsFromTheNextRoundOn()
    {
        var settings = Settings(ControlMode.Cap);
        var tree = settings.Policy.Budget with { Groups = [new BudgetGroup { Name = "mac", Limit = Power.FromWatts(25), Cluster = "kind-mac" }] };
        var policy = settings.Policy with { Budget = tree };
        var desk = new ControlDesk(settings with { Policy = policy, Calendar = BudgetCalendar.Of(policy) }, StoredControl.Empty, 5, Moment.Of(_time), TimeZoneInfo.Utc, _log);
        Join(desk, First);
        Round(desk);
        Assert.Equal(Power.Zero, desk.State!.Groups[1].Committed);
        Assert.Contains(desk.State.Alarms, static alarm => alarm.Word == "unseen-cluster");
        desk.Place(new ClusterSight(ImmutableSortedDictionary<NodeName, string>.Empty.Add(Sample.Node(), "kind-mac"), ["kind-mac"], ["kind-mac"]), Moment.Of(_time).Wall);
        Round(desk);

        Assert.Equal(desk.State!.Groups[0].Committed, desk.State.Groups[1].Committed);
        Assert.Equal(Power.FromWatts(30), desk.State.Groups[1].Measured);
        Assert.Contains(desk.State.Alarms, alarm => alarm.Word == "over-budget" && alarm.Text.StartsWith("mac", StringComparison.Ordinal));
        Assert.DoesNotContain(desk.State.Alarms, static alarm => alarm.Word == "unseen-cluster");
        var view = desk.View(DelayHistogram.Empty);
        Assert.Equal(Sample.Node(), Assert.Single(view.Budget.Policy.Budget.Groups[0].Members));
        Assert.Equal("kind-mac", view.Clusters[Sample.Node()]);
    }

    [Fact]
    public void Decide_RestartWhileTheClusterIsAway_NodeIsStillInIt()
    {
        var settings = Settings(ControlMode.Cap);
        var tree = settings.Policy.Budget with { Groups = [new BudgetGroup { Name = "mac", Limit = Power.FromWatts(25), Cluster = "kind-mac" }] };
        var policy = settings.Policy with { Budget = tree };
        settings = settings with { Policy = policy, Calendar = BudgetCalendar.Of(policy) };
        var before = new ControlDesk(settings, StoredControl.Empty, 5, Moment.Of(_time), TimeZoneInfo.Utc, _log);
        Join(before, First);
        before.Place(new ClusterSight(ImmutableSortedDictionary<NodeName, string>.Empty.Add(Sample.Node(), "kind-mac"), ["kind-mac"], ["kind-mac"]), Moment.Of(_time).Wall);
        Round(before);
        Store(before);
        Assert.True(before.IsStored);
        var stored = ControlFormat.Read(ControlFormat.Write(before.ToStore, 1), out _)!;
        _time.Advance(TimeSpan.FromHours(23));

        var after = new ControlDesk(settings, stored, 6, Moment.Of(_time), TimeZoneInfo.Utc, _log);
        Join(after, First);
        Round(after);

        Assert.Equal(Power.FromWatts(30), after.State!.Groups[1].Measured);
        Assert.DoesNotContain(after.State.Alarms, static alarm => alarm.Word == "unseen-cluster");
    }

    [Fact]
    public void Apply_TellerOnBattery_ProfileHoldsAtOnceAndOverARestart()
    {
        var settings = Settings(ControlMode.Cap) with { SupplyTellers = [Sample.Node()] };
        var desk = new ControlDesk(settings, StoredControl.Empty, 5, Moment.Of(_time), TimeZoneInfo.Utc, _log);
        Join(desk, First);
        Round(desk);
        Assert.Equal(40, desk.State!.Budget.Watts);
        desk.Apply(new NodeSeen(First, Sample.Node(), Power.FromWatts(30), 0.1, null, TimeSpan.FromHours(2) + TimeSpan.FromSeconds(1), Moment.Of(_time)) { IsOnBattery = true });
        Assert.True(desk.IsDue(Moment.Of(_time)));
        var decisions = desk.Decide(Moment.Of(_time));
        Assert.Equal(25, desk.State.Budget.Watts);
        Assert.True(desk.View(DelayHistogram.Empty).IsOnBattery);
        Assert.Contains(decisions, static decision => decision.Reason == "um890 says that it runs from a battery: so does the fleet");

        Store(desk);
        var after = new ControlDesk(settings, ControlFormat.Read(ControlFormat.Write(desk.ToStore, 1), out _)!, 6, Moment.Of(_time), TimeZoneInfo.Utc, _log);
        Round(after);
        Assert.Equal(25, after.State!.Budget.Watts);
    }

    [Fact]
    public void Apply_SecondNodeOfTheMachine_IsGrantedNothing()
    {
        var desk = Desk();
        var other = NodeName.Parse("um890-kind");
        foreach (var name in (NodeName[])[Sample.Node(), other])
        {
            desk.Apply(new NodeCapable(First, name, Able, Moment.Of(_time)) { BootId = "b00t" });
            desk.Apply(Answered(First, 0, 0) with { Applied = Answered(First, 0, 0).Applied with { Node = name } });
            desk.Apply(new NodeSeen(First, name, Power.FromWatts(30), 0.1, null, TimeSpan.FromHours(2), Moment.Of(_time)) { BootId = "b00t" });
        }
        for (var i = 0; i < 3; i++)
        {
            Round(desk);
            Store(desk);
        }

        Assert.Equal(Sample.Node(), Assert.Single(desk.TakeGrants().Select(sent => sent.Grant.Grant.Node).Distinct()));
        Assert.Equal(Power.FromWatts(30), desk.State!.Groups[0].Measured);
        Assert.Contains(desk.State.Alarms, alarm => alarm.Word == "shared-host");
    }

    private ControlDesk Held()
    {
        var desk = Desk();
        Join(desk, First);
        for (var i = 0; i < 3; i++)
        {
            Round(desk);
            Store(desk);
        }
        Assert.NotEmpty(desk.TakeGrants());
        return desk;
    }

    [Theory]
    [InlineData(true, 1.0, 65)]
    [InlineData(true, 0.5, 20)]
    [InlineData(false, 1.0, 20)]
    public void Apply_BusyNodeFarBelowItsCap_WantsMoreOnlyWhereClocksHoldIt(bool hasClocks, double use, double mostWatts)
    {
        var desk = Desk();
        var able = hasClocks ? Able with { Steps = [Power.FromWatts(14), Power.FromWatts(30), Power.FromWatts(65)] } : Able;
        desk.Apply(new NodeCapable(First, Sample.Node(), able, Moment.Of(_time)));
        desk.Apply(Answered(First, 0, 0));
        desk.Apply(new NodeSeen(First, Sample.Node(), Power.FromWatts(15), 0.1, use, TimeSpan.FromHours(2), Moment.Of(_time)));
        Round(desk);
        var wants = Assert.Single(desk.View(DelayHistogram.Empty).State.Nodes).Demand;
        Assert.InRange(wants.Watts, mostWatts - 5, mostWatts);
    }

    private ControlDesk Desk(StoredControl? stored = null, ControlMode mode = ControlMode.Cap, params BudgetSchedule[] schedules)
    {
        return new ControlDesk(Settings(mode, schedules), stored ?? StoredControl.Empty, 5, Moment.Of(_time), TimeZoneInfo.Utc, _log);
    }

    private static ControlSettings Settings(ControlMode mode, params BudgetSchedule[] schedules)
    {
        var fleet = new BudgetGroup { Name = "fleet", Limit = Power.FromWatts(40), Device = BudgetDevice.Psu };
        var policy = new ControlPolicy { Budget = fleet, Mode = mode };
        var battery = ImmutableSortedDictionary<string, Power>.Empty.Add("fleet", Power.FromWatts(25));
        return new ControlSettings(policy, new BudgetCalendar(policy, [.. schedules], battery), ImmutableSortedDictionary<NodeName, NodeSettings>.Empty);
    }

    private void Join(ControlDesk desk, StreamNumber stream)
    {
        desk.Apply(new NodeCapable(stream, Sample.Node(), Able, Moment.Of(_time)));
        desk.Apply(Answered(stream, 0, 0));
        See(desk, stream, TimeSpan.FromHours(2));
    }

    private void See(ControlDesk desk, StreamNumber stream, TimeSpan agentMonotonic) =>
        desk.Apply(new NodeSeen(stream, Sample.Node(), Power.FromWatts(30), 0.1, null, agentMonotonic, Moment.Of(_time)));

    private NodeAnswered Answered(StreamNumber stream, ulong epoch, ulong sequence) => new(
        stream, new NodeApplied(Sample.Node(), epoch, sequence, null, false, LeaseStanding.None, null, ""), ApplyOutcome.Ok, "", Moment.Of(_time));

    private void Round(ControlDesk desk)
    {
        _time.Advance(TimeSpan.FromMilliseconds(100));
        desk.Decide(Moment.Of(_time));
    }

    private void Store(ControlDesk desk) => desk.Apply(new ControlStored(desk.ToStore, "", Moment.Of(_time)));

    private Ordered Order(OperatorOrder order, out Task<OrderOutcome> answer)
    {
        var source = new TaskCompletionSource<OrderOutcome>();
        answer = source.Task;
        return new Ordered(order, source, Moment.Of(_time));
    }
}

/// <summary>The desk's view after one more round.</summary>
internal static class DeskViews
{
    public static ControlView View0(this ControlDesk desk, ManualClock time)
    {
        desk.Decide(Moment.Of(time));
        return desk.View(DelayHistogram.Empty);
    }
}

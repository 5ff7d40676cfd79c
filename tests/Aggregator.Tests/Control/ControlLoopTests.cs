using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Configuration;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Orders;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.NodeAgent.V1;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Control;

public sealed class ControlLoopTests
{
    private static readonly AggregatorOptions Capping = new() { Mode = ControlMode.Cap, Budget = Power.FromWatts(40), Device = BudgetDevice.Psu };

    [Fact]
    public async Task Run_NodeThatCanBeHeld_GetsACapWithinTheBudget()
    {
        await using var aggregator = await RunningAggregator.StartAsync(Capping);
        using var channel = aggregator.Dial();
        await using var agent = await CappedAgent.JoinAsync(aggregator, channel);

        var grant = await agent.UntilAsync(grant => grant.HasCapMicrowatts);

        Assert.InRange(grant.CapMicrowatts, 14_000_000ul, 40_000_000ul);
        Assert.InRange(grant.SafeShareMicrowatts, 1ul, 40_000_000ul);
        Assert.Equal(4000u, grant.TimeToLiveMs);
        Assert.NotEqual("", grant.Reason);
        Assert.NotEqual(0ul, grant.BasisMonotonicUs);
        // A newcomer's first limit counts for a moment as what it comes down from.
        var held = await UntilAsync(aggregator, agent, control => control.Find(Sample.Node()) is { Standing: NodeStanding.Held, Effective: not null }
            && control.State.Groups[0].Committed <= control.State.Groups[0].Allocatable);
        Assert.Equal((LeaseStanding.Live, ApplyOutcome.Ok), (held.Leases[Sample.Node()].Standing, held.Leases[Sample.Node()].Outcome));
        Assert.True(held.Counts.Granting.Counts.Sum() > 0);
    }

    [Fact]
    public async Task Run_TwoNodes_CapsTogetherStayWithinTheBudget()
    {
        await using var aggregator = await RunningAggregator.StartAsync(Capping with { Budget = Power.FromWatts(70) });
        using var channel = aggregator.Dial();
        await using var one = await CappedAgent.JoinAsync(aggregator, channel, "um890");
        await using var two = await CappedAgent.JoinAsync(aggregator, channel, "um891", instance: 2);
        await one.ReportAsync();
        await two.ReportAsync();

        for (var turn = 0; turn < 2000 && (one.Grants.Count < 5 || two.Grants.Count < 5); turn++)
        {
            await one.TurnAsync();
            await two.ReportAsync();
        }

        Assert.NotEmpty(two.Grants);
        Assert.InRange(one.Grants[^1].CapMicrowatts + two.Grants[^1].CapMicrowatts, 28_000_000ul, 70_000_000ul);
    }

    [Fact]
    public async Task Run_CapMode_AsksForReportsTwiceASecond()
    {
        await using var aggregator = await RunningAggregator.StartAsync(Capping);
        using var channel = aggregator.Dial();
        await using var agent = await CappedAgent.JoinAsync(aggregator, channel);

        Assert.Equal(500u, agent.Welcome.ReportIntervalMs);
    }

    [Fact]
    public async Task Run_AgentOfAnOlderVersion_IsWatchedAndNeverHeld()
    {
        await using var aggregator = await RunningAggregator.StartAsync(Capping);
        using var channel = aggregator.Dial();
        await using var agent = await CappedAgent.JoinAsync(aggregator, channel, saysRange: false);

        var control = await UntilAsync(aggregator, agent, control => control.Find(Sample.Node()) is not null);

        Assert.Equal(NodeStanding.Observing, control.Find(Sample.Node())!.Standing);
        Assert.Empty(agent.Grants);
    }

    [Fact]
    public async Task Run_ObserveMode_SendsNothing()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        using var channel = aggregator.Dial();
        await using var agent = await CappedAgent.JoinAsync(aggregator, channel);

        await UntilAsync(aggregator, agent, control => control.Find(Sample.Node()) is not null);
        for (var turn = 0; turn < 10; turn++)
            await agent.TurnAsync();

        Assert.Empty(agent.Grants);
        Assert.Equal(1000u, agent.Welcome.ReportIntervalMs);
    }

    [Fact]
    public async Task Run_Restarted_LeadsWithANewerEpochAndRemembersItsNodes()
    {
        var control = new MemorySlots();
        ulong epoch;
        await using (var first = await RunningAggregator.StartAsync(Capping, control: control))
        {
            using var channel = first.Dial();
            await using var agent = await CappedAgent.JoinAsync(first, channel);
            epoch = (await agent.UntilAsync(grant => grant.HasCapMicrowatts)).Epoch;
        }

        await using var second = await RunningAggregator.StartAsync(Capping, control: control);
        var before = await second.UntilAsync(fleet => fleet.Control is not null, ticks: true);
        using var again = second.Dial();
        await using var returned = await CappedAgent.JoinAsync(second, again);
        var grant = await returned.UntilAsync(grant => grant.HasCapMicrowatts);

        Assert.Equal(NodeStanding.Awaited, before.Control!.Find(Sample.Node())?.Standing);
        Assert.True(grant.Epoch >> 20 > epoch >> 20, $"{grant.Epoch} after {epoch}");
    }

    [Fact]
    public async Task Run_DiskThatTakesNothing_HoldsGrantsBackUntilItDoes()
    {
        var control = new MemorySlots { Failure = "No space left on device" };
        await using var aggregator = await RunningAggregator.StartAsync(Capping, control: control);
        using var channel = aggregator.Dial();
        await using var agent = await CappedAgent.JoinAsync(aggregator, channel);

        var failing = await UntilAsync(aggregator, agent, control => control.StorageFailure.Length > 0);
        for (var turn = 0; turn < 20; turn++)
            await agent.TurnAsync();
        Assert.Empty(agent.Grants);
        Assert.Equal("No space left on device", failing.StorageFailure);

        control.Failure = null;
        await agent.UntilAsync(grant => grant.HasCapMicrowatts);
        Assert.Contains(aggregator.Log.Lines, line => line.StartsWith("Error 301", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_AgentUnderANewerAggregator_FencesThisOne()
    {
        await using var aggregator = await RunningAggregator.StartAsync(Capping);
        using var channel = aggregator.Dial();
        await using var agent = await CappedAgent.JoinAsync(aggregator, channel);
        var epoch = (await agent.UntilAsync(grant => grant.HasCapMicrowatts)).Epoch;
        // Past the hold after a start, in which an epoch is still raised above what agents report.
        while (aggregator.Time.GetElapsedTime(0) < TimeSpan.FromSeconds(65))
            await agent.TurnAsync();

        await agent.SayAsync(new AgentMessage { Applied = new Applied { Epoch = epoch + (3ul << 20), Sequence = 1, Result = ApplyResult.Ok, Lease = LeaseState.Live, EffectiveCapMicrowatts = 20_000_000 } });
        var fenced = await UntilAsync(aggregator, agent, control => control.State.Alarms.Any(alarm => alarm.Word == "fenced"));
        var count = agent.Grants.Count;
        for (var turn = 0; turn < 20; turn++)
            await agent.TurnAsync();

        Assert.Equal("fenced", Assert.Single(fenced.State.Alarms, alarm => alarm.Word == "fenced").Word);
        Assert.Equal(count, agent.Grants.Count);
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(((1ul << 20) + 100) << 20)]
    public async Task Run_ForgedEpoch_FencesNobodyAndIsLoggedOnce(ulong forged)
    {
        await using var aggregator = await RunningAggregator.StartAsync(Capping);
        using var channel = aggregator.Dial();
        await using var agent = await CappedAgent.JoinAsync(aggregator, channel);
        await agent.UntilAsync(grant => grant.HasCapMicrowatts);
        while (aggregator.Time.GetElapsedTime(0) < TimeSpan.FromSeconds(65))
            await agent.TurnAsync();

        for (var i = 0; i < 3; i++)
            await agent.SayAsync(new AgentMessage { Applied = new Applied { Epoch = forged, Sequence = 1, Result = ApplyResult.Ok } });
        // A grant that was on its way when the answers came proves nothing: first the complaint, then what is granted after it.
        await agent.UntilAsync(_ => aggregator.Log.Lines.Any(IsComplaint));
        var sequence = agent.Grants[^1].Sequence;
        await agent.UntilAsync(grant => grant.Sequence > sequence + 1);

        Assert.Single(aggregator.Log.Lines, IsComplaint);
        Assert.DoesNotContain(aggregator.Fleet.Current.Control!.State.Alarms, alarm => alarm.Word == "fenced");

        static bool IsComplaint(string line) => line.StartsWith("Warning 304 um890", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_AgentThatDoesNotRead_DelaysNobodyElse()
    {
        await using var aggregator = await RunningAggregator.StartAsync(Capping with { Budget = Power.FromWatts(70) });
        using var channel = aggregator.Dial();
        using var other = aggregator.Dial();
        await using var deaf = await other.JoinAsync("deaf", 9);
        await deaf.WriteAsync(new AgentMessage { CapRange = CappedAgent.Range() });
        await deaf.WriteAsync(new AgentMessage { Applied = new Applied { Result = ApplyResult.Ok, Lease = LeaseState.None } });
        await deaf.WriteAsync(Wire.Say(Wire.Report(1, 20, 0)));
        await using var agent = await CappedAgent.JoinAsync(aggregator, channel);

        await agent.UntilAsync(grant => grant.HasCapMicrowatts);
        var count = agent.Grants.Count;
        for (var turn = 0; turn < 1000 && agent.Grants.Count < count + 10; turn++)
            await agent.TurnAsync();

        Assert.True(agent.Grants.Count >= count + 10);
    }

    [Fact]
    public async Task Place_ModeBackToObserve_ReleasesTheNode()
    {
        await using var aggregator = await RunningAggregator.StartAsync(Capping);
        using var channel = aggregator.Dial();
        await using var agent = await CappedAgent.JoinAsync(aggregator, channel);
        await agent.UntilAsync(grant => grant.HasCapMicrowatts);

        var outcome = await aggregator.Orders.PlaceAsync(new SwitchMode(ControlMode.Observe), default).InTime();
        var release = await agent.UntilAsync(grant => grant.Release);

        Assert.Equal(OrderResult.Done, outcome.Result);
        Assert.False(release.HasCapMicrowatts);
        Assert.Contains(aggregator.History.Read(null, DateTimeOffset.MinValue, 1000), decision => decision.Kind == "mode");
        var after = await UntilAsync(aggregator, agent, control => control.State.Mode == ControlMode.Observe);
        Assert.Equal(ControlMode.Observe, after.Orders.Mode!.Mode);
    }

    [Fact]
    public async Task Place_ModeToCap_AsksAgentsToDialAgainForQuickerReports()
    {
        await using var aggregator = await RunningAggregator.StartAsync(Capping with { Mode = ControlMode.Observe });
        using var channel = aggregator.Dial();
        // Says nothing but Hello, so that nothing of it is under way when the mode changes.
        await using var agent = await CappedAgent.JoinAsync(aggregator, channel, saysRange: false);
        await aggregator.UntilAsync(fleet => fleet.Nodes.Length == 1, ticks: true);

        await aggregator.Orders.PlaceAsync(new SwitchMode(ControlMode.Cap), default).InTime();
        await aggregator.UntilAsync(fleet => fleet.Control?.State.Mode == ControlMode.Cap, ticks: true);
        await agent.TryReportAsync();
        await agent.EndedAsync();
        await using var again = await CappedAgent.JoinAsync(aggregator, channel, instance: 1);

        Assert.Equal(500u, again.Welcome.ReportIntervalMs);
        await again.UntilAsync(grant => grant.HasCapMicrowatts);
        Assert.NotNull(agent.Goodbye);
    }

    [Fact]
    public async Task Place_OverrideForAWhile_HoldsAcrossARestartAndEndsByItself()
    {
        var control = new MemorySlots();
        var time = Sample.Clock();
        await using (var first = await RunningAggregator.StartAsync(Capping, control: control, time: time))
        {
            var outcome = await first.Orders.PlaceAsync(new SetOverride("fleet", Power.FromWatts(30), TimeSpan.FromHours(2)), default).InTime();
            Assert.Equal(new OrderOutcome(OrderResult.Done, "fleet is held to 30 W until 2026-11-21 12:00"), outcome);
            await first.UntilAsync(fleet => fleet.Balance.Budget == Power.FromWatts(30), ticks: true);
        }

        time.Advance(TimeSpan.FromHours(1));
        await using var second = await RunningAggregator.StartAsync(Capping, control: control, time: time);
        var held = await second.UntilAsync(fleet => fleet.Control is not null, ticks: true);
        Assert.Equal(30, held.Control!.State.Budget.Watts);

        time.Advance(TimeSpan.FromHours(1));
        var over = await second.UntilAsync(fleet => fleet.Control!.State.Budget == Power.FromWatts(40), ticks: true);
        Assert.Empty(over.Control!.Orders.Overrides);
        Assert.Equal("", over.Control.Budget.Reason);
    }

    [Fact]
    public async Task Place_OverrideOnAFullDisk_SaysThatItIsNotStored()
    {
        var control = new MemorySlots { Failure = "No space left on device" };
        await using var aggregator = await RunningAggregator.StartAsync(Capping, control: control);

        var outcome = await aggregator.Orders.PlaceAsync(new SetOverride("fleet", Power.FromWatts(30), TimeSpan.FromHours(2)), default).InTime();

        Assert.Equal(OrderResult.NotStored, outcome.Result);
        Assert.Contains("No space left", outcome.Text, StringComparison.Ordinal);
        await aggregator.UntilAsync(fleet => fleet.Control?.State.Budget == Power.FromWatts(30), ticks: true);
    }

    [Fact]
    public async Task Place_ForgetNode_FreesOnlyANodeThatIsGone()
    {
        await using var aggregator = await RunningAggregator.StartAsync(Capping);
        using var channel = aggregator.Dial();
        await using var agent = await CappedAgent.JoinAsync(aggregator, channel);
        await agent.UntilAsync(grant => grant.HasCapMicrowatts);

        var refused = await aggregator.Orders.PlaceAsync(new ForgetNode(Sample.Node()), default).InTime();
        await agent.LeaveAsync();
        await aggregator.UntilAsync(fleet => fleet.Control?.Find(Sample.Node())?.Standing == NodeStanding.Silent, ticks: true);
        var done = await aggregator.Orders.PlaceAsync(new ForgetNode(Sample.Node()), default).InTime();
        var unknown = await aggregator.Orders.PlaceAsync(new ForgetNode(Sample.Node("nobody")), default).InTime();

        Assert.Equal([OrderResult.Refused, OrderResult.Done, OrderResult.NotFound], [refused.Result, done.Result, unknown.Result]);
        await aggregator.UntilAsync(fleet => fleet.Control?.Find(Sample.Node()) is null, ticks: true);
    }

    [Fact]
    public async Task Place_UnknownGroup_NamesThoseThereAre()
    {
        await using var aggregator = await RunningAggregator.StartAsync(Capping);

        var outcome = await aggregator.Orders.PlaceAsync(new SetOverride("tp9", Power.FromWatts(30), TimeSpan.FromHours(2)), default).InTime();

        Assert.Equal(new OrderOutcome(OrderResult.NotFound, "there is no group 'tp9'; there is fleet"), outcome);
    }

    [Fact]
    public async Task Run_AfterDecisions_HistorySaysWhyTheNodeWasCut()
    {
        await using var aggregator = await RunningAggregator.StartAsync(Capping);
        using var channel = aggregator.Dial();
        await using var agent = await CappedAgent.JoinAsync(aggregator, channel);
        await agent.UntilAsync(grant => grant.HasCapMicrowatts);

        var cut = aggregator.History.Read(Sample.Node(), DateTimeOffset.MinValue, 1000).FirstOrDefault(decision => decision.Kind is "cut" or "trip");

        Assert.NotNull(cut);
        Assert.NotNull(cut.To);
        Assert.NotEqual("", cut.Reason);
    }

    /// <summary>Lets time pass, reporting, until the control loop's state is as wanted.</summary>
    private static async Task<ControlView> UntilAsync(RunningAggregator aggregator, CappedAgent agent, Func<ControlView, bool> wanted)
    {
        for (var turn = 0; turn < 3000; turn++)
        {
            if (aggregator.Fleet.Current.Control is { } control && wanted(control))
                return control;
            await agent.TurnAsync();
        }
        throw new TimeoutException($"it never came to that: {aggregator.Fleet.Current.Control?.State}");
    }
}

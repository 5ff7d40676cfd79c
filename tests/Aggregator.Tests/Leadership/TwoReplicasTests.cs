using System.Net;
using System.Net.Http.Json;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Leadership;
using Homelab.Aggregator.Orders;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.NodeAgent.V1;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Leadership;

public sealed class TwoReplicasTests
{
    [Fact]
    public async Task Leader_Killed_IsSucceededAndTheFleetStaysWithinItsBudget()
    {
        await using var pair = await ReplicaPair.StartHoldingAsync();
        var (first, epoch) = (pair.Leader, pair.Agents.Max(agent => agent.Taken[^1].Epoch));
        await pair.KillAsync(first);

        var takeover = await pair.UntilAsync(() => pair.Leader == 1 - first);
        await pair.UntilAsync(() => pair.Agents.All(agent => agent.Standing == LeaseState.Live && agent.Taken[^1].From == 1 - first));
        await pair.ForAsync(TimeSpan.FromSeconds(90));

        Assert.InRange(takeover.TotalSeconds, 10, 20);
        Assert.All(pair.Agents, agent => Assert.True(agent.Taken[^1].Epoch > epoch));
        // The whole fleet is back: full control at once, and the watts are used.
        Assert.Contains(pair.Replicas[1 - first].Fleet.Current.Control!.State.Nodes, node => node.Cap > node.SafeShare);
        Assert.True(pair.HighestWatts > 80, $"{pair.HighestWatts}");
    }

    [Fact]
    public async Task Leader_StoppedInGoodOrder_IsSucceededInSeconds()
    {
        await using var pair = await ReplicaPair.StartHoldingAsync();
        var first = pair.Leader;
        var stopping = pair.Replicas[first].StopAsync();
        // This clock does not wait for a busy machine: its seconds count from when the lease is free.
        await pair.LeaseFreeAsync().InTime();

        var takeover = await pair.UntilAsync(() => pair.Leader == 1 - first && pair.Agents.All(agent => agent.Taken[^1].From == 1 - first));
        await stopping.InTime();

        Assert.True(takeover < TimeSpan.FromSeconds(8), $"{takeover}");
    }

    [Fact]
    public async Task Successor_ANodeThatNeverComesBack_IsAwaitedAndItsShareKept()
    {
        await using var pair = await ReplicaPair.StartHoldingAsync();
        var first = pair.Leader;
        pair.Agents[2].IsConnected = false;
        await pair.KillAsync(first);
        await pair.UntilAsync(() => pair.Leader == 1 - first);
        await pair.UntilAsync(() => pair.Agents.Take(2).All(agent => agent.Standing == LeaseState.Live && agent.Taken[^1].From == 1 - first));

        await pair.UntilAsync(() => pair.Replicas[1 - first].Fleet.Current.Control?.Find(NodeName.Parse("node-3")) is { Standing: NodeStanding.Awaited, Committed.Microwatts: > 0 });
        // It moves to its safe share by itself, 75 s after its lease ended: the budget holds then, too.
        await pair.ForAsync(TimeSpan.FromSeconds(110));
        Assert.Equal(LeaseState.Safe, pair.Agents[2].Standing);
    }

    [Fact]
    public async Task Leader_StandingStill_GrantsNothingWhenItThaws()
    {
        await using var pair = await ReplicaPair.StartHoldingAsync();
        var first = pair.Leader;
        // No timer of it fires: neither a renewal nor the end of its term. Its streams stand, and agents still report to it.
        pair.Clocks[first].IsPaused = true;
        await pair.ForAsync(TimeSpan.FromSeconds(11));
        var taken = pair.Agents.Sum(agent => agent.Taken.Count);
        Assert.Null(pair.Replicas[first].Leadership.Term);

        await pair.UntilAsync(() => pair.Leader == 1 - first);
        Assert.Equal(taken, pair.Agents.Sum(agent => agent.Taken.Count));

        pair.Clocks[first].IsPaused = false;
        foreach (var agent in pair.Agents)
            agent.IsConnected = false;
        await pair.StepAsync();
        foreach (var agent in pair.Agents)
            agent.IsConnected = true;
        await pair.UntilAsync(() => pair.Agents.All(agent => agent.Standing == LeaseState.Live));
        Assert.All(pair.Agents, agent => Assert.Equal(1 - first, agent.Taken[^1].From));
    }

    [Fact]
    public async Task ApiServer_Lost_NobodyGrantsAndNodesFallToTheirSafeShares()
    {
        await using var pair = await ReplicaPair.StartHoldingAsync();
        var epoch = pair.Agents.Max(agent => agent.Taken[^1].Epoch);
        pair.Server.Faults.IsDown = true;

        var stepDown = await pair.UntilAsync(() => pair.Leader < 0);
        await pair.ForAsync(TimeSpan.FromSeconds(6));
        Assert.InRange(stepDown.TotalSeconds, 6, 11);
        Assert.All(pair.Agents, agent => Assert.Equal(LeaseState.Expired, agent.Standing));
        Assert.Contains(pair.Agents, agent => agent.Goodbye.Contains("stands by", StringComparison.Ordinal));
        Assert.Contains(pair.Agents, agent => agent.Refusal.Contains("none leads", StringComparison.Ordinal) || agent.Refusal.Contains("leads", StringComparison.Ordinal));

        await pair.ForAsync(TimeSpan.FromSeconds(90));
        Assert.All(pair.Agents, agent => Assert.Equal(LeaseState.Safe, agent.Standing));
        pair.Server.Faults.IsDown = false;
        await pair.UntilAsync(() => pair.Agents.All(agent => agent.Standing == LeaseState.Live));
        Assert.All(pair.Agents, agent => Assert.True(agent.Taken[^1].Epoch > epoch));
        await pair.ForAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Standby_ReadsAndOrders_AreServedAndSentToTheLeader()
    {
        await using var pair = await ReplicaPair.StartHoldingAsync();
        var (leader, standby) = (pair.Replicas[pair.Leader], pair.Replicas[1 - pair.Leader]);
        await pair.UntilAsync(() => standby.Fleet.Current.Control?.Leader is { Leads: false, Leader.Length: > 0 });

        Assert.Equal("ok", await standby.Client.GetStringAsync(new Uri("/readyz", UriKind.Relative)).InTime());
        Assert.Equal("ok", await leader.Client.GetStringAsync(new Uri("/leadz", UriKind.Relative)).InTime());
        using var probe = await standby.Client.GetAsync(new Uri("/leadz", UriKind.Relative)).InTime();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, probe.StatusCode);
        Assert.Contains($"'{leader.Leadership.View.Name}' leads", await probe.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("homelab_aggregator_leader 0\n", await standby.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative)).InTime(), StringComparison.Ordinal);
        Assert.Contains("homelab_aggregator_leader 1\n", await leader.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative)).InTime(), StringComparison.Ordinal);
        var budget = await standby.Client.GetStringAsync(new Uri("/api/v1/budget", UriKind.Relative)).InTime();
        Assert.Contains("\"leader\":{\"leader\":false,", budget, StringComparison.Ordinal);
        using var order = await standby.Client.PostAsJsonAsync("/api/v1/budget/override", new { watts = 80, @for = "2h" }).InTime();
        Assert.Equal(HttpStatusCode.Conflict, order.StatusCode);
        Assert.Contains(leader.Leadership.View.Name, await order.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Successor_OrdersOfTheLeaderBefore_StandOn()
    {
        await using var pair = await ReplicaPair.StartHoldingAsync();
        var first = pair.Leader;
        var placing = pair.Replicas[first].Orders.PlaceAsync(new SetOverride("fleet", Power.FromWatts(80), TimeSpan.FromHours(2)), default);
        await pair.UntilAsync(() => placing.IsCompleted);
        Assert.Equal(OrderResult.Done, (await placing).Result);
        await pair.UntilAsync(() => pair.Watts <= 80);
        await pair.KillAsync(first);
        await pair.UntilAsync(() => pair.Leader == 1 - first);
        pair.HighestWatts = 0;
        await pair.ForAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(80, pair.Replicas[1 - first].Fleet.Current.Control!.State.Budget.Watts);
        Assert.True(pair.HighestWatts <= 80, $"{pair.HighestWatts}");
    }

    [Fact]
    public async Task Successor_MemoryThatCanNotBeRead_RaisesNothing()
    {
        await using var pair = await ReplicaPair.StartHoldingAsync();
        var first = pair.Leader;
        await pair.KillAsync(first);
        pair.Server.Leases("homelab").Edit("homelab-leader", lease => lease["metadata"]!["annotations"]![SharedLease.Annotation] = "spoilt");
        pair.Agents[2].IsConnected = false;
        await pair.UntilAsync(() => pair.Agents.Take(2).All(agent => agent.Standing == LeaseState.Live && agent.Taken[^1].From == 1 - first));
        var held = pair.Agents.Take(2).Select(agent => agent.Effective).ToArray();
        await pair.ForAsync(TimeSpan.FromSeconds(150));

        Assert.Contains(pair.Replicas[1 - first].Log.Lines, line => line.StartsWith("Warning 702", StringComparison.Ordinal));
        Assert.All(pair.Agents.Take(2), (agent, index) => Assert.True(agent.Effective <= held[index], $"{agent.Effective} after {held[index]}"));
        Assert.Contains(pair.Replicas[1 - first].Fleet.Current.Control!.State.Alarms, alarm => alarm.Word == "minority");
    }

    [Fact]
    public async Task Leader_FencedByANewerEpoch_GoesOnInANewTermAboveIt()
    {
        await using var pair = await ReplicaPair.StartHoldingAsync();
        // The start of one without a memory is over after a minute: then an epoch above its own can only be another's.
        await pair.ForAsync(TimeSpan.FromSeconds(65));
        var newer = (pair.Agents[0].Taken[^1].Epoch >> 20) + 40 << 20;
        pair.Agents[0].StandUnder(newer);
        await pair.StepAsync();

        await pair.UntilAsync(() => pair.Agents.All(agent => agent.Standing == LeaseState.Live && agent.Taken[^1].Epoch > newer));

        Assert.Contains(pair.Replicas.SelectMany(replica => replica.Log.Lines), line => line.StartsWith("Warning 703", StringComparison.Ordinal));
        await pair.ForAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Lease_SteadyFleet_IsNotWrittenMoreThanItIsRenewed()
    {
        await using var pair = await ReplicaPair.StartHoldingAsync();
        await pair.ForAsync(TimeSpan.FromSeconds(10));
        var before = pair.Server.Requests.All.Count(request => request.IsWrite);
        await pair.ForAsync(TimeSpan.FromSeconds(40));

        Assert.InRange(pair.Server.Requests.All.Count(request => request.IsWrite) - before, 1, 21);
    }
}

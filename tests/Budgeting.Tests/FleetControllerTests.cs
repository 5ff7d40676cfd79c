using Homelab.Units;
using static Homelab.Aggregator.Budgeting.Tests.LoopFleet;

namespace Homelab.Aggregator.Budgeting.Tests;

public sealed class FleetControllerTests
{
    [Fact]
    public void Decide_AllWantMoreThanThereIs_SharesItOutByRange()
    {
        var fleet = new LoopFleet(PolicyOf(100)).With("a", wants: 50).With("b", wants: 50).With("c", floor: 5, ceiling: 25, wants: 25);
        fleet.Run(20);

        Assert.InRange(fleet.Last.State.Groups[0].Committed.Watts, 95, 99.5);
        Assert.Equal(fleet["a"].Cap!.Value.Watts, fleet["b"].Cap!.Value.Watts, 1);
        Assert.InRange(fleet["c"].Cap!.Value.Watts, 15, 25);
        Assert.Equal("fleet wants 125.0 W of 99.5 W; share of its class", fleet.State("a").Reason);
    }

    [Fact]
    public void Decide_NothingChanges_WritesNothing()
    {
        var fleet = new LoopFleet(PolicyOf(100)).With("a", wants: 50).With("b", wants: 50).With("c", wants: 50);
        fleet.Run(20);
        var (writes, memory) = (fleet["a"].Writes + fleet["b"].Writes + fleet["c"].Writes, fleet.Last.Memory);
        fleet.Grants.Clear();
        fleet.Run(60);

        Assert.Equal(writes, fleet["a"].Writes + fleet["b"].Writes + fleet["c"].Writes);
        Assert.Same(memory, fleet.Last.Memory);
        // Renewed all the same: a lease lives four seconds.
        Assert.InRange(fleet.Grants.Count, 3 * 110, 3 * 125);
    }

    [Fact]
    public void Decide_EverythingFits_LetsEveryNodeHaveItsCeiling()
    {
        var fleet = new LoopFleet(PolicyOf(200)).With("a", wants: 50).With("b");
        fleet.Run(10);

        Assert.Equal(W(50), fleet["a"].Cap);
        Assert.Equal(W(50), fleet["b"].Cap);
    }

    /// <summary>Slurm wraps to four gigawatts and lets every busy node go.</summary>
    [Fact]
    public void Decide_InfeasibleBudgets_LowerCapsMonotonicallyAndAlarm()
    {
        var fleet = new LoopFleet(PolicyOf(100)).With("a", wants: 50).With("b", wants: 50).With("c", wants: 50);
        fleet.Run(20);
        var before = fleet.Last.State.Groups[0].Committed;
        foreach (var watts in (double[])[60, 40, 29, 20, 5, 1])
        {
            fleet.Change(PolicyOf(watts));
            fleet.Step();
            Assert.Equal(watts < 30.2, fleet.Alarm("infeasible") is not null);
            fleet.Run(5);
            var now = fleet.Last.State.Groups[0].Committed;
            Assert.InRange(now.Watts, 30, before.Watts);
            before = now;
        }
        Assert.All((string[])["a", "b", "c"], name => Assert.Equal(W(10), fleet[name].Cap));
        Assert.DoesNotContain(fleet.Grants, grant => grant.IsRelease);
    }

    /// <summary>EAR's soft mode lets go only below 40 % of the budget, which a fleet of idle floors never reaches.</summary>
    [Fact]
    public void Decide_DrawAtHalfTheBudget_RaisesWhoWantsMore()
    {
        var fleet = new LoopFleet(PolicyOf(100)).With("a", wants: 50).With("b", wants: 50).With("c", wants: 50);
        fleet.Run(20);
        Assert.InRange(fleet["a"].Cap!.Value.Watts, 30, 36);
        (fleet["b"].Wants, fleet["c"].Wants) = (W(10), W(10));
        fleet.Run(4);

        // The last fiftieth of its range is not worth a write.
        Assert.InRange(fleet["a"].Cap!.Value.Watts, 49.1, 50);
    }

    /// <summary>EAR counts what it received: a node whose readings stop is forgotten, and its watts are given away.</summary>
    [Fact]
    public void Decide_NodeFallsSilent_KeepsItsWattsReserved()
    {
        var fleet = new LoopFleet(PolicyOf(100)).With("a", wants: 50).With("b", wants: 50).With("c", wants: 50);
        fleet.Run(20);
        var held = fleet["a"].Cap!.Value;
        fleet["a"].IsMute = true;
        fleet["a"].IsUp = false;
        fleet.Controller.Leave(NodeName.Parse("a"), fleet.Now);
        fleet.Run(59);

        Assert.Equal(NodeStanding.Silent, fleet.State("a").Standing);
        Assert.True(fleet.State("a").Committed >= held);
        Assert.True(fleet["b"].Cap!.Value + fleet["c"].Cap!.Value + held <= W(100));
        Assert.NotNull(fleet.Alarm("silent"));
        fleet.Run(20);
        Assert.Equal(fleet.State("a").SafeShare, fleet.State("a").Committed);
    }

    /// <summary>Elektron halves one node a second: eight seconds for 80 W on eight nodes.</summary>
    [Fact]
    public void Decide_BudgetFallsFar_ReachesItInOneStepNotEight()
    {
        var fleet = new LoopFleet(PolicyOf(400));
        foreach (var name in (string[])["a", "b", "c", "d", "e", "f", "g", "h"])
            fleet.With(name, wants: 50);
        fleet.Run(20);
        fleet.Change(PolicyOf(320));
        fleet.Step();

        Assert.True(Enumerable.Range(0, 8).Sum(i => fleet[((char)('a' + i)).ToString()].Cap!.Value.Watts) <= 320);
    }

    /// <summary>NVIDIA's first agent took "no answer" for "no pods" and let the caps go; Joulie does so after five minutes, GEOPM after one second.</summary>
    [Fact]
    public void Decide_NothingIsHeardAnyMore_NeverRaisesOrReleases()
    {
        var fleet = new LoopFleet(PolicyOf(100)).With("a", wants: 50).With("b", wants: 50).With("c", wants: 50);
        fleet.Run(20);
        foreach (var name in (string[])["a", "b", "c"])
            fleet[name].IsMute = true;
        fleet.Run(3);
        fleet.Grants.Clear();
        fleet.Run(600);

        Assert.All(fleet.Grants, grant => Assert.True(!grant.IsRelease && grant.Cap <= W(50)));
        Assert.True(fleet["a"].Cap!.Value + fleet["b"].Cap!.Value + fleet["c"].Cap!.Value <= W(100));
        Assert.NotNull(fleet.Alarm("silent"));
    }

    [Fact]
    public void Decide_NodeHeldDownByHeat_LeavesItsWattsToOthers()
    {
        var fleet = new LoopFleet(PolicyOf(100)).With("a", wants: 50).With("b", wants: 50).With("c", wants: 50);
        fleet.Run(20);
        (fleet["a"].IsHot, fleet["a"].Wants) = (true, W(15));
        fleet.Run(5);

        Assert.InRange(fleet["a"].Cap!.Value.Watts, 15, 17);
        Assert.InRange(fleet["b"].Cap!.Value.Watts, 39, 43);
    }

    [Fact]
    public void Decide_HardwareThatHoldsATenthBelowItsCap_LeavesWhatItCanNotDrawToOthers()
    {
        var fleet = new LoopFleet(PolicyOf(100)).With("a", wants: 50).With("b", wants: 50).With("c", wants: 50);
        fleet["a"].HoldsAt = 0.9;
        fleet.Run(30);

        Assert.True(fleet["a"].Cap < fleet["b"].Cap, $"{fleet["a"].Cap} {fleet["b"].Cap}");
        Assert.InRange((fleet["a"].Drawn + fleet["b"].Drawn + fleet["c"].Drawn).Watts, 95, 99.6);
    }

    [Fact]
    public void Decide_HigherClassWants_IsServedFirstAndTheGuaranteeHolds()
    {
        var policy = PolicyOf(100) with { Classes = [new PriorityClass("work", 0), new PriorityClass("batch", 0.2)] };
        var fleet = new LoopFleet(policy).With("a", wants: 50, priority: "work").With("b", wants: 50, priority: "work").With("c", wants: 50, priority: "batch");
        fleet.Run(20);

        // 99.5 W less floors of 30 W; a fifth of it is the lower class's.
        Assert.Equal(10 + 0.2 * 69.5, fleet["c"].Cap!.Value.Watts, 1);
        Assert.Contains("share of class batch", fleet.State("c").Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Decide_GroupInsideTheFleet_HoldsBothLimits()
    {
        var rack = new BudgetGroup { Name = "rack", Limit = W(40), IsHard = true, Members = [NodeName.Parse("a"), NodeName.Parse("b")] };
        var fleet = new LoopFleet(PolicyOf(100, groups: rack)).With("a", wants: 50).With("b", wants: 50).With("c", wants: 50);
        fleet.Run(20);

        Assert.InRange((fleet["a"].Cap!.Value + fleet["b"].Cap!.Value).Watts, 38, 40);
        Assert.Equal(W(50), fleet["c"].Cap);
        Assert.Equal(["fleet", "rack"], fleet.Last.State.Groups.Select(group => group.Name));
        Assert.StartsWith("rack wants", fleet.State("a").Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Decide_NodeThatDoesNotEnforce_CountsWithItsCeiling()
    {
        var fleet = new LoopFleet(PolicyOf(100)).With("a", wants: 50).With("b", wants: 8, isEnforcing: false);
        fleet.Run(10);

        Assert.Equal(NodeStanding.Observing, fleet.State("b").Standing);
        Assert.Equal(W(50), fleet.State("b").Committed);
        Assert.InRange(fleet["a"].Cap!.Value.Watts, 48, 50);
        Assert.DoesNotContain(fleet.Grants, grant => grant.Node == NodeName.Parse("b"));
    }

    [Fact]
    public void Decide_ObserveMode_SendsNothingAndSaysWhatItWouldDo()
    {
        var fleet = new LoopFleet(PolicyOf(60, mode: ControlMode.Observe)).With("a", wants: 50).With("b", wants: 50);
        fleet.Run(20);

        Assert.Empty(fleet.Grants);
        Assert.Same(ControlMemory.Empty, fleet.Last.Memory);
        Assert.Contains("fleet", fleet.State("a").Reason, StringComparison.Ordinal);
        Assert.NotNull(fleet.Alarm("over-budget"));
    }

    [Fact]
    public void Change_CapToObserve_ReleasesEveryNodeAndLogsIt()
    {
        var fleet = new LoopFleet(PolicyOf(60)).With("a", wants: 50).With("b", wants: 50);
        fleet.Run(20);
        fleet.Change(PolicyOf(60, mode: ControlMode.Observe));
        fleet.Run(5);

        Assert.Null(fleet["a"].Cap);
        Assert.Null(fleet["b"].Cap);
        Assert.Contains(fleet.Log, line => line is { Kind: "mode", Reason: "cap → observe" });
        Assert.Equal(2, fleet.Log.Count(line => line.Kind == "release"));
        Assert.Empty(fleet.Last.Memory.Nodes);
    }

    [Fact]
    public void Acknowledge_NewerEpochAfterTheHold_StopsGranting()
    {
        var fleet = new LoopFleet(PolicyOf(60)).With("a", wants: 50).With("b", wants: 50);
        fleet.Run(70);
        fleet.Controller.Acknowledge(new NodeApplied(NodeName.Parse("a"), ulong.MaxValue >> 4, 1, W(10), true, LeaseStanding.Live, W(20), ""), fleet.Now);
        fleet.Grants.Clear();
        fleet.Run(10);

        Assert.Empty(fleet.Grants);
        Assert.NotNull(fleet.Alarm("fenced"));
    }

    [Fact]
    public void Decide_StartedAnew_HasANewerEpochAndRaisesNothingUntilAllAreHeard()
    {
        var first = new LoopFleet(PolicyOf(100)).With("a", wants: 50).With("b", wants: 50).With("c", wants: 50);
        first.Run(20);
        var second = new LoopFleet(PolicyOf(100), first.Last.Memory);
        Assert.True(second.Last.State.Epoch > first.Last.State.Epoch);
        Assert.All(second.Last.State.Nodes, node => Assert.Equal(NodeStanding.Awaited, node.Standing));

        second.With("a", wants: 50).With("b", wants: 5);
        second.Run(5);
        Assert.True(second.Grants.Where(grant => grant.Node == NodeName.Parse("a")).All(grant => grant.Cap <= first.State("a").SafeShare + W(20)));
        Assert.True(second.Last.State.Groups[0].Committed <= W(100));
    }

    [Fact]
    public void Decide_HalfTheFleetIsHeard_IsTheSmallerSide()
    {
        var fleet = new LoopFleet(PolicyOf(100)).With("a", wants: 50).With("b", wants: 5);
        fleet.Run(20);
        Assert.Equal(W(50), fleet["a"].Cap);
        fleet["b"].IsUp = false;
        fleet.Controller.Leave(NodeName.Parse("b"), fleet.Now);
        fleet.Run(10);

        Assert.NotNull(fleet.Alarm("minority"));
        Assert.Equal(fleet.State("a").SafeShare, fleet["a"].Cap);
        fleet.Controller.Forget(NodeName.Parse("b"), fleet.Now);
        fleet.Run(10);
        Assert.Null(fleet.Alarm("minority"));
        Assert.Equal(W(50), fleet["a"].Cap);
    }

    [Fact]
    public void Leave_NodeThatIsNotHeld_IsReservedAtItsCeilingUntilForgotten()
    {
        var fleet = new LoopFleet(PolicyOf(100, mode: ControlMode.Observe)).With("a", wants: 50).With("b", wants: 50);
        fleet.Run(5);
        fleet["b"].IsUp = false;
        fleet.Controller.Leave(NodeName.Parse("b"), fleet.Now);
        fleet.Run(600);
        Assert.Equal(W(50), fleet.State("b").Committed);

        fleet.Controller.Forget(NodeName.Parse("b"), fleet.Now);
        fleet.Step();
        Assert.Single(fleet.Last.State.Nodes);
    }

    [Fact]
    public void Decide_StartedAnewAfterANodeLetGo_ReservesItsCeilingUntilForgotten()
    {
        var first = new LoopFleet(PolicyOf(100)).With("a", wants: 50).With("b", wants: 50).With("c", wants: 50);
        first.Run(20);
        var taken = first.Grants.Last(grant => grant.Node == NodeName.Parse("b"));
        first.Controller.Acknowledge(new NodeApplied(NodeName.Parse("b"), taken.Epoch, taken.Sequence, null, false, LeaseStanding.None, taken.SafeShare, "it stops"), first.Now);
        first["b"].IsUp = false;
        first.Controller.Leave(NodeName.Parse("b"), first.Now);
        first.Run(5);

        var second = new LoopFleet(PolicyOf(100), first.Last.Memory).With("a", wants: 50).With("c", wants: 50);
        second.Run(300);
        Assert.Equal(W(50), second.State("b").Committed);
        Assert.InRange((second["a"].Drawn + second["c"].Drawn).Watts, 40, 50);

        second.Controller.Forget(NodeName.Parse("b"), second.Now);
        second.Run(20);
        Assert.InRange((second["a"].Drawn + second["c"].Drawn).Watts, 95, 100);
        Assert.Equal(["a", "c"], second.Last.Memory.Nodes.Keys.Select(name => name.Value));
    }

    [Fact]
    public void Decide_StartedAnewBesideAnObserver_ReservesItsCeilingBeforeItIsHeard()
    {
        var first = new LoopFleet(PolicyOf(100)).With("a", wants: 50).With("b", wants: 50).With("watched", wants: 50, isEnforcing: false);
        first.Run(20);
        Assert.True(first.Last.Memory.Nodes[NodeName.Parse("watched")].IsUncapped);

        var second = new LoopFleet(PolicyOf(100), first.Last.Memory).With("a", wants: 50).With("b", wants: 50);
        second.Run(300);
        Assert.Equal(W(50), second.State("watched").Committed);
        Assert.InRange((second["a"].Drawn + second["b"].Drawn).Watts, 40, 50);
        Assert.Null(second.Alarm("minority"));
    }

    [Fact]
    public void Decide_UncontrolledNodeFallsSilent_KeepsItsCeilingReserved()
    {
        var fleet = new LoopFleet(PolicyOf(100)).With("a", wants: 50).With("b", wants: 50).With("c", wants: 50);
        fleet.Run(20);
        fleet["c"].Defies = W(50);
        fleet.Run(20);
        Assert.NotNull(fleet.Alarm("uncontrolled"));
        fleet["c"].IsUp = false;
        fleet.Controller.Leave(NodeName.Parse("c"), fleet.Now);
        fleet.Run(300);

        Assert.Equal(W(50), fleet.State("c").Committed);
        Assert.True(fleet["a"].Cap!.Value + fleet["b"].Cap!.Value <= W(50));
    }

    [Fact]
    public void Decide_Infeasible_ProposesTheLowestClassFirstAndOfItTheLargest()
    {
        var policy = PolicyOf(30) with { Classes = [new PriorityClass("work", 0), new PriorityClass("batch", 0)] };
        var fleet = new LoopFleet(policy)
            .With("a", floor: 20, priority: "work").With("b", floor: 6, priority: "batch").With("c", floor: 9, priority: "batch").With("d", floor: 7, priority: "batch");
        fleet.Run(5);

        Assert.Equal(["c", "d"], fleet.Last.State.Proposals.Select(proposal => proposal.Node.Value));
        Assert.Equal(W(9), fleet.Last.State.Proposals[0].Frees);
    }

    [Fact]
    public void Observe_FleetAboveItsBudget_IsCutInTheSameTick()
    {
        var fleet = new LoopFleet(PolicyOf(100)).With("a", wants: 50).With("b", wants: 50).With("c", wants: 50);
        fleet.Run(20);
        fleet["a"].Defies = W(45);
        fleet.Controller.Observe(new NodeObservation(NodeName.Parse("a"), W(45), fleet.Time + TimeSpan.FromMilliseconds(100), false), fleet.Now);
        Assert.True(fleet.Controller.IsUrgent);
        fleet.Decide();

        Assert.Contains(fleet.Log, line => line.Kind == "trip" && line.Reason.Contains("cut at once", StringComparison.Ordinal));
        Assert.True(fleet["b"].Cap < W(30));
    }

    [Fact]
    public void Decide_AboveItsReachForSeconds_BrakesToTheFloors()
    {
        var fleet = new LoopFleet(PolicyOf(60)).With("a", wants: 50).With("b", wants: 50, isEnforcing: false).With("c", wants: 30);
        fleet.Run(10);
        Assert.NotNull(fleet.Alarm("over-budget"));
        Assert.NotNull(fleet.Alarm("infeasible"));
        Assert.Equal(W(10), fleet["a"].Cap);
        Assert.NotNull(fleet.Alarm("brake"));
    }

    [Fact]
    public void Decide_HardwareDoesNotObey_ReservesTheCeiling()
    {
        var fleet = new LoopFleet(PolicyOf(150)).With("a", wants: 50).With("b", wants: 50).With("c", wants: 50).With("d", wants: 50);
        fleet.Run(20);
        Assert.InRange(fleet["a"].Cap!.Value.Watts, 35, 40);
        fleet["a"].Defies = W(48);
        fleet.Run(8);

        Assert.Equal(NodeStanding.Uncontrolled, fleet.State("a").Standing);
        Assert.Equal(W(50), fleet.State("a").Committed);
        Assert.NotNull(fleet.Alarm("uncontrolled"));
        Assert.InRange(fleet.Last.State.Groups[0].Committed.Watts, 0, 150);
    }

    [Fact]
    public void ObserveOuter_MeterAboveSaysMore_TrimsSlowlyAndAtMostATenth()
    {
        var fleet = new LoopFleet(PolicyOf(100)).With("a", wants: 50).With("b", wants: 50).With("c", wants: 50);
        fleet.Run(20);
        var before = fleet.Last.State.Groups[0].Allocatable;
        for (var i = 0; i < 60; i++)
        {
            fleet.Controller.ObserveOuter("fleet", fleet.Last.State.Groups[0].Measured + W(3), fleet.Now);
            fleet.Run(2);
        }
        Assert.Equal(3, fleet.Last.State.Trim.Watts, 1);
        Assert.Equal(3, (before - fleet.Last.State.Groups[0].Allocatable).Watts, 1);
        for (var i = 0; i < 200; i++)
        {
            fleet.Controller.ObserveOuter("fleet", W(900), fleet.Now);
            fleet.Run(2);
        }
        Assert.Equal(W(10), fleet.Last.State.Trim);
        for (var i = 0; i < 200; i++)
        {
            fleet.Controller.ObserveOuter("fleet", Power.Zero, fleet.Now);
            fleet.Run(2);
        }
        Assert.Equal(W(-2), fleet.Last.State.Trim);
    }

    [Fact]
    public void Change_Budget_IsLoggedWithBothFigures()
    {
        var fleet = new LoopFleet(PolicyOf(100)).With("a");
        fleet.Change(PolicyOf(80));
        fleet.Step();

        Assert.Contains(fleet.Log, line => line is { Kind: "budget", Reason: "fleet: 100.0 → 80.0 W" });
        Assert.Equal(W(80), fleet.Last.State.Budget);
    }

    [Fact]
    public void Decide_CutThatReadsAsNoChange_IsNotLogged()
    {
        var fleet = new LoopFleet(PolicyOf(100)).With("a", wants: 50).With("b", wants: 50).With("c", wants: 50);
        fleet.Run(20);
        fleet.Log.Clear();
        var before = fleet.Last.State.Nodes.Sum(node => node.Cap!.Value.Microwatts);
        fleet.Change(PolicyOf(99.9));
        fleet.Step();

        Assert.True(fleet.Last.State.Nodes.Sum(node => node.Cap!.Value.Microwatts) < before);
        Assert.DoesNotContain(fleet.Log, line => line.Kind == "cut");
    }

    [Fact]
    public void Decide_CapIsCut_SaysWhyInOneLine()
    {
        var fleet = new LoopFleet(PolicyOf(100)).With("a", wants: 50).With("b", wants: 5).With("c", wants: 5);
        fleet.Run(20);
        fleet.Log.Clear();
        (fleet["b"].Wants, fleet["c"].Wants) = (W(50), W(50));
        fleet.Run(5);

        var cut = fleet.Log.First(line => line is { Kind: "cut", Node.Value: "a" });
        Assert.Matches(@"^fleet wants \d+\.\d W of 99\.5 W; share of its class; \d+\.\d → \d+\.\d W$", cut.Reason);
        Assert.True(cut.To < cut.From);
    }

    [Fact]
    public void Decide_SafeShares_FitIntoTheBudgetAndAreRemembered()
    {
        var fleet = new LoopFleet(PolicyOf(100)).With("a", wants: 50).With("b", wants: 50).With("c", wants: 50);
        fleet.Run(5);
        fleet.Change(PolicyOf(60));
        fleet.Run(5);

        Assert.InRange(fleet.Last.State.Nodes.Sum(node => node.SafeShare!.Value.Watts), 50, 0.97 * 60);
        Assert.Equal(fleet.Last.State.Nodes.Select(node => node.SafeShare!.Value), fleet.Last.Memory.Nodes.Values.Select(node => node.SafeShare));
        Assert.Equal(fleet.Last.State.Epoch, fleet.Last.Memory.Epoch);
    }
}

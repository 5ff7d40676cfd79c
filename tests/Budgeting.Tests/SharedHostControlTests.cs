using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Homelab.Units;
using static Homelab.Aggregator.Budgeting.Tests.LoopFleet;

namespace Homelab.Aggregator.Budgeting.Tests;

/// <summary>Nodes of one machine (Kind) under the controller.</summary>
public sealed class SharedHostControlTests
{
    [Fact]
    public void Decide_ObserversOfOneMachine_AreDrawnAndReservedOnce()
    {
        var fleet = new LoopFleet(PolicyOf(200)).With("kind-a", ceiling: 60, wants: 40, isEnforcing: false, host: "boot 1").With("kind-b", ceiling: 60, wants: 41, isEnforcing: false, host: "boot 1").With("pi", wants: 5);
        fleet.Run(5);

        var top = fleet.Last.State.Groups[0];
        // The two do not agree on what their machine draws: the higher figure counts.
        Assert.Equal(W(46), top.Measured);
        Assert.Equal(W(60) + fleet.State("pi").Committed, top.Committed);
        Assert.Equal((null, NodeName.Parse("kind-a")), (fleet.State("kind-a").CountedBy, fleet.State("kind-b").CountedBy));
        Assert.Equal("on the machine that kind-a counts for: counted and held there, once", fleet.State("kind-b").Reason);
        Assert.Null(fleet.Alarm("shared-host"));
    }

    [Fact]
    public void Decide_OneOfThemEnforces_ItAloneIsGrantedTheMachinesWatts()
    {
        var fleet = new LoopFleet(PolicyOf(60)).With("kind-a", wants: 25, isEnforcing: false, host: "boot 1").With("kind-b", wants: 50, host: "boot 1").With("pi", wants: 50);
        fleet.Run(20);

        Assert.Equal(NodeName.Parse("kind-b"), fleet.State("kind-a").CountedBy);
        Assert.InRange(fleet["kind-b"].Cap!.Value.Watts, 25, 35);
        Assert.Equal(Power.Zero, fleet.State("kind-a").Committed);
        Assert.DoesNotContain(fleet.Grants, grant => grant.Node.Value == "kind-a");
    }

    [Fact]
    public void Decide_TwoOfThemEnforce_GrantsTheFirstAndNamesBoth()
    {
        var fleet = new LoopFleet(PolicyOf(60)).With("kind-b", wants: 50, host: "boot 1").With("kind-a", wants: 50, host: "boot 1").With("pi", wants: 50);
        fleet.Run(20);

        Assert.NotNull(fleet["kind-a"].Cap);
        Assert.DoesNotContain(fleet.Grants, grant => grant.Node.Value == "kind-b");
        Assert.Equal("kind-a and kind-b are one machine, and each would hold it: only kind-a is granted caps; let the others only observe", fleet.Alarm("shared-host")!.Text);
        // kind-b says that nothing holds it; what it says is of the same hardware.
        Assert.InRange(fleet.Last.State.Groups[0].Committed.Watts, 0, 60);
    }

    [Fact]
    public void Decide_ASecondEnforcerComesThatSortsFirst_WhatTheOldOneMayStillSetStaysReserved()
    {
        var fleet = new LoopFleet(PolicyOf(100)).With("kind-b", wants: 50, host: "boot 1").With("pi", wants: 50);
        fleet.Run(20);
        var held = fleet["kind-b"].Cap!.Value;
        fleet.With("kind-a", wants: 50, host: "boot 1");
        fleet.Step();

        Assert.Equal(NodeName.Parse("kind-a"), fleet.State("kind-b").CountedBy);
        Assert.True(fleet.State("kind-a").Committed >= held);
        fleet.Run(120);
        Assert.True(fleet.State("kind-a").Committed >= fleet.State("kind-b").SafeShare);
        Assert.InRange(fleet.Last.State.Groups[0].Committed.Watts, 0, 100);
    }

    [Fact]
    public void Leave_WhoCounted_TheNextTakesOverAndItsReservationStays()
    {
        var fleet = new LoopFleet(PolicyOf(100)).With("kind-a", wants: 50, host: "boot 1").With("kind-b", wants: 50, isEnforcing: false, host: "boot 1").With("pi", wants: 50);
        fleet.Run(20);
        var held = fleet["kind-a"].Cap!.Value;
        fleet["kind-a"].IsUp = false;
        fleet.Controller.Leave(NodeName.Parse("kind-a"), fleet.Now);
        fleet.Step();

        Assert.Null(fleet.State("kind-b").CountedBy);
        Assert.Equal(Power.Zero, fleet.State("kind-a").Committed);
        Assert.True(fleet.State("kind-b").Committed >= held);
        fleet.Connect("kind-a");
        fleet.Run(1);
        Assert.Null(fleet.State("kind-a").CountedBy);
    }

    [Theory]
    [InlineData(120, 120)]
    [InlineData(0, 66)]
    public void Decide_WhoCountsObservesAndKnowsTheMachineLess_TheOthersCeilingIsReserved(double stated, double reserved)
    {
        var fleet = new LoopFleet(PolicyOf(150)).With("alpha", floor: 0, ceiling: 9, wants: 8, isEnforcing: false, host: "boot 1")
            .With("pve", floor: 0, ceiling: stated, wants: 60, isEnforcing: false, host: "boot 1").With("pi", ceiling: 140, wants: 140);
        if (stated == 0)
            fleet["pve"].Defies = W(60);
        fleet.Run(60);

        var machine = fleet.State(fleet.State("pve").CountedBy is null ? "pve" : "alpha");
        Assert.Equal(reserved, machine.Committed.Watts, 3);
        Assert.InRange(fleet["pi"].Cap!.Value.Watts, 10, 150 - reserved);
        Assert.InRange(fleet.State("pi").SafeShare!.Value.Watts, 10, 150 - reserved);
        // The next aggregator reserves it once, and does before it hears either.
        Assert.Equal(reserved, fleet.Last.Memory.Nodes.Values.Where(node => node.IsUncapped).Sum(node => node.Ceiling.Watts), 3);
    }

    [Fact]
    public void Decide_AnotherOfItHoldsAnotherAggregatorsLease_WhatThatAllowsStaysReserved()
    {
        var fleet = new LoopFleet(PolicyOf(60)).With("kind-a", wants: 50, host: "boot 1").With("kind-b", wants: 50, host: "boot 1").With("pi", wants: 50);
        fleet["kind-b"].Take(new Grant(NodeName.Parse("kind-b"), 5ul << 20, 1, W(45), W(12), TimeSpan.Zero, TimeSpan.FromSeconds(4), "", false));
        fleet.Connect("kind-b");
        fleet.Run(20);

        Assert.Null(fleet.State("kind-a").CountedBy);
        Assert.True(fleet["kind-a"].Cap < W(45));
        Assert.Equal(W(45), fleet.State("kind-a").Committed);
    }

    [Fact]
    public void Decide_HalfOfTheRememberedAreHeard_IsAMinorityAlsoWhereTwoAreOneMachine()
    {
        var memory = new ControlMemory(7ul << 20, "abcd".ToImmutableSortedDictionary(name => NodeName.Parse($"{name}"), _ => new RememberedNode(W(12), W(50))));
        var fleet = new LoopFleet(PolicyOf(100), memory).With("a", host: "boot 1").With("b", host: "boot 1").With("c").With("d");
        fleet.Run(5);
        (fleet["b"].IsUp, fleet["d"].IsUp) = (false, false);
        fleet.Run(5);

        Assert.NotNull(fleet.Alarm("minority"));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Decide_AGroupListsANodeOfTheMachine_TheMachineIsTheGroupsWhoeverCounts(bool towerEnforces, bool workerEnforces)
    {
        var ups = new BudgetGroup { Name = "ups", Limit = W(40), IsHard = true, Members = [NodeName.Parse("tower"), NodeName.Parse("nas")] };
        var fleet = new LoopFleet(PolicyOf(150, groups: ups)).With("tower", wants: 50, isEnforcing: towerEnforces, ceiling: 28, host: "boot 1")
            .With("kind-worker", wants: 50, isEnforcing: workerEnforces, ceiling: 28, host: "boot 1").With("nas", wants: 50).With("pi", wants: 50);
        foreach (var isTowerUp in new[] { true, false, true })
        {
            if (!isTowerUp)
                (fleet["tower"].IsUp, _) = (false, Leave(fleet, "tower"));
            else if (!fleet["tower"].IsUp)
                fleet.Connect("tower");
            fleet.Run(20);

            var machine = fleet.State(fleet.State("tower").CountedBy is null ? "tower" : "kind-worker");
            Assert.Equal(machine.Committed + fleet.State("nas").Committed, fleet.Last.State.Groups[1].Committed);
            Assert.InRange(fleet.Last.State.Groups[1].Committed.Watts, 20, 40);
        }
        Assert.DoesNotContain(fleet.Last.State.Alarms, alarm => alarm.Text.Contains("listed in", StringComparison.Ordinal));
    }

    [Fact]
    public void Decide_GroupsApartListNodesOfOneMachine_TheHardOneHasItAndAnAlarmNamesBoth()
    {
        var ups = new BudgetGroup { Name = "ups", Limit = W(60), Device = BudgetDevice.Ups, Members = [NodeName.Parse("b")] };
        var rack = new BudgetGroup { Name = "rack", Limit = W(40), Members = [NodeName.Parse("a")] };
        var fleet = new LoopFleet(PolicyOf(150, groups: [rack, ups])).With("a", wants: 30, host: "boot 1").With("b", wants: 30, host: "boot 1", isEnforcing: false);
        fleet.Run(5);

        Assert.Equal([Power.Zero, fleet.State("a").Committed], fleet.Last.State.Groups.Skip(1).Select(group => group.Committed));
        Assert.Equal("the nodes of the machine that a counts for are listed in rack and ups: its watts are counted in ups alone; list them in one group", fleet.Alarm("shared-host")!.Text);
    }

    [Fact]
    public void Observe_AnotherOfItNowMeasuresBetter_CountsForTheMachine()
    {
        var fleet = new LoopFleet(PolicyOf(150)).With("alpha", wants: 8, isEnforcing: false, host: "boot 1").With("pve", wants: 40, isEnforcing: false, host: "boot 1");
        fleet["pve"].Provenance = fleet["alpha"].Provenance = Provenance.Modelled;
        fleet.Run(5);
        Assert.Null(fleet.State("alpha").CountedBy);
        fleet["pve"].Provenance = Provenance.Measured;
        fleet.Run(1);

        Assert.Equal((NodeName.Parse("pve"), null), (fleet.State("alpha").CountedBy, fleet.State("pve").CountedBy));
    }

    [Fact]
    public void Decide_VirtualMachinesOfOneSnapshot_AreBothHeldAndAnAlarmNamesThem()
    {
        var fleet = new LoopFleet(PolicyOf(60)).With("vm-a", wants: 50, host: "boot 1", marks: new HostMarks("m", "a", false)).With("vm-b", wants: 50, host: "boot 1", marks: new HostMarks("m", "b", false));
        fleet.Run(10);

        Assert.Equal(fleet.Last.State.Groups[0].Committed, fleet["vm-a"].Cap!.Value + fleet["vm-b"].Cap!.Value);
        Assert.StartsWith("the kernels of vm-a and vm-b have one boot id", fleet.Alarm("shared-host")!.Text, StringComparison.Ordinal);
        Assert.Single(fleet.Log, decision => decision.Kind == "alarm" && decision.Reason.Contains("the kernels", StringComparison.Ordinal));
    }

    [Fact]
    public void Change_CapToObserve_LetsGoOfEveryNodeThatWasHeld()
    {
        var fleet = new LoopFleet(PolicyOf(100)).With("kind-b", wants: 50, host: "boot 1");
        fleet.Run(10);
        fleet.With("kind-a", wants: 50, host: "boot 1");
        fleet.Run(10);
        fleet.Change(PolicyOf(100, mode: ControlMode.Observe));
        fleet.Run(3);

        Assert.Equal((null, null), (fleet["kind-a"].Cap, fleet["kind-b"].Cap));
    }

    [Fact]
    public void Decide_NodesComeAndGo_AMachineIsNeverReservedOrGrantedTwice() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Gen.ArrayOf(Gen.Choose(0, 11)).ToArbitrary(), script =>
        {
            var fleet = new LoopFleet(PolicyOf(90)).With("pi", wants: 30);
            var hosts = new Dictionary<string, string> { ["a"] = "boot 1", ["b"] = "boot 1", ["c"] = "boot 2", ["d"] = "boot 2", ["e"] = "boot 2", ["f"] = "" };
            var isKnown = new HashSet<string>();
            foreach (var step in script.Take(30))
            {
                var name = hosts.Keys.ElementAt(step / 2);
                if (isKnown.Add(name))
                    fleet.With(name, wants: 10 + step * 3, isEnforcing: step % 2 == 0, host: hosts[name]);
                else if (fleet[name].IsUp)
                    (fleet[name].IsUp, _) = (false, Leave(fleet, name));
                else
                    fleet.Connect(name);
                fleet.Grants.Clear();
                fleet.Run(1.5);
                var counting = fleet.Last.State.Nodes.Where(node => node.CountedBy is null).Select(node => node.Name.Value).ToHashSet();
                var byMachine = isKnown.GroupBy(each => hosts[each].Length > 0 ? hosts[each] : each);
                if (byMachine.Any(machine => machine.Count(counting.Contains) != 1)
                    || fleet.Last.State.Nodes.Any(node => node.CountedBy is not null && node.Committed != Power.Zero)
                    || fleet.Last.Grants.Any(grant => !counting.Contains(grant.Node.Value)))
                    return false;
            }
            return true;
        }));

    private static bool Leave(LoopFleet fleet, string name)
    {
        fleet.Controller.Leave(NodeName.Parse(name), fleet.Now);
        return true;
    }
}

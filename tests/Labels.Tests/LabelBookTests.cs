using Homelab.Units;

namespace Homelab.Aggregator.Labels.Tests;

public sealed class LabelBookTests
{
    [Fact]
    public void Decide_NewNode_GetsAllItsLabelsInOnePatchOnceItIsKnown()
    {
        var world = new LabelWorld();
        var node = world.Add("um890");
        world.Run(30);
        Assert.Empty(world.Written);
        world.Run(600);

        Assert.Equal(1, world.Patches);
        var expected = new[]
        {
            ("actuator", "rapl"), ("board", "um890-pro"), ("cap", "hard"), ("class", "mini"), ("efficiency", "b"), ("headroom", "high"),
            ("metering", "measured"), ("state", "ok"), ("supply", "mains"), ("thermal", "nominal"),
        };
        Assert.Equal(expected, world.Sights[node].Labels.Select(label => (label.Key["power.homelab/".Length..], label.Value)));
        Assert.Equal("20.0", world.Annotation(node, "watts"));
        Assert.Equal("40.0", world.Annotation(node, "watts-cap"));
        Assert.Equal("rapl-psys", world.Annotation(node, "watts-source"));
        Assert.Equal("2026-03-01T13:00:31Z", world.Annotation(node, "updated-at"));
    }

    /// <summary>A package's ± moves in tenths with its watts.</summary>
    [Theory]
    [InlineData(0.8, 1)]
    [InlineData(0.4, 2)]
    public void Decide_UncertaintyThatMoves_IsWrittenWhenItHasMovedByHalf(double later, int patches)
    {
        var world = new LabelWorld();
        var node = world.Add("um890");
        world.Set(node, facts => facts with { Power = facts.Power with { Uncertainty = 0.9 } });
        world.Run(600);
        world.Set(node, facts => facts with { Power = facts.Power with { Uncertainty = later } });
        world.Run(600);

        Assert.Equal(patches, world.Patches);
    }

    [Fact]
    public void Decide_FirstReportsThatKnowLittle_AreNotWhatItsFirstLabelsSay()
    {
        var world = new LabelWorld();
        var node = world.Add("um890");
        var known = world.Facts[node];
        world.Set(node, facts => facts with { Power = NodePower.None, CapKind = CapKind.None, WattsShare = Power.FromWatts(90), Idle = Power.FromWatts(2) });
        world.Run(20);
        world.Set(node, _ => known);
        world.Run(11);
        Assert.Equal(("measured", "hard", "mini"), (world.Label(node, "metering"), world.Label(node, "cap"), world.Label(node, "class")));
        Assert.Equal(1, world.Patches);
    }

    [Fact]
    public void Decide_ModeObserve_WritesNothingAndSaysWhatItWould()
    {
        var world = new LabelWorld { Fleet = new FleetFacts(FleetMode.Observe, null, false) };
        world.Add("um890");
        world.Run(60);

        Assert.Empty(world.Written);
        Assert.Contains(world.Last.Lines, line => line is { Kind: "label", Key: "power.homelab/state", From: null, To: "ok", HeldBack: "mode observe" });
    }

    [Fact]
    public void Decide_NodeWithoutAgent_IsLeftAlone()
    {
        var world = new LabelWorld();
        world.Facts.Remove(world.Add("stranger"));
        world.Run(400);
        Assert.Empty(world.Written);
    }

    [Theory]
    [InlineData(12_000, 27_000, "warm", "ok")]
    [InlineData(4_000, 19_000, "hot", "elevated")]
    [InlineData(-1_000, 14_000, "hot", "elevated")]
    [InlineData(-1_000, null, "hot", "elevated")]
    [InlineData(-16_000, -1_000, "hot", "critical")]
    public void Decide_MarginFalls_LabelFollowsAfterThirtySecondsAndLeavesAfterThreeHundred(int margin, int? toCritical, string thermal, string state)
    {
        var (world, node) = Settled();
        world.Set(node, facts => facts with { ThermalMargin = new Temperature(margin), CriticalMargin = toCritical is { } critical ? new Temperature(critical) : null });
        world.Run(30);
        Assert.Equal("nominal", world.Label(node, "thermal"));
        world.Run(1);
        Assert.Equal((thermal, state), (world.Label(node, "thermal"), world.Label(node, "state")));

        world.Set(node, facts => facts with { ThermalMargin = new Temperature(21_000), CriticalMargin = new Temperature(36_000) });
        world.Run(300);
        Assert.Equal(thermal, world.Label(node, "thermal"));
        world.Run(1);
        Assert.Equal(("nominal", "ok"), (world.Label(node, "thermal"), world.Label(node, "state")));
    }

    [Fact]
    public void Decide_MarginBetweenEnterAndExit_KeepsTheLabel()
    {
        var (world, node) = Settled();
        world.Set(node, facts => facts with { ThermalMargin = new Temperature(14_000) });
        world.Run(60);
        world.Set(node, facts => facts with { ThermalMargin = new Temperature(19_000) });
        world.Run(3600);
        Assert.Equal("warm", world.Label(node, "thermal"));
    }

    [Theory]
    [InlineData(38.2, "elevated")]
    [InlineData(37.8, "ok")]
    [InlineData(44.2, "critical")]
    public void Decide_DrawAgainstAllocation_MakesTheState(double watts, string state)
    {
        var (world, node) = Settled();
        Draw(world, node, watts);
        world.Run(31);
        Assert.Equal(state, world.Label(node, "state"));
        Draw(world, node, 33.8);
        world.Run(301);
        Assert.Equal("ok", world.Label(node, "state"));
    }

    [Fact]
    public void Decide_ThreeShortThrottlesInAMinute_CountAsThrottling()
    {
        var (world, node) = Settled();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("nominal", world.Label(node, "thermal"));
            world.Set(node, facts => facts with { IsThrottled = true });
            world.Run(1);
            world.Set(node, facts => facts with { IsThrottled = false });
            world.Run(15);
        }
        Assert.Equal(("throttling", "elevated"), (world.Label(node, "thermal"), world.Label(node, "state")));
        Assert.Equal(ConditionStatus.True, world.Condition(node, "ThermalThrottling"));
    }

    [Fact]
    public void Decide_HeadroomWanders_ChangesOnlyHalfABucketBeyondForAMinute()
    {
        var (world, node) = Settled();
        // Ceiling 60 W: none below 3 W, low below 15 W; half a bucket is 1.5 W and 6 W.
        void Spare(double watts) => world.Set(node, facts => facts with { Headroom = Power.FromWatts(watts) });
        Spare(9.1);
        world.Run(600);
        Assert.Equal("high", world.Label(node, "headroom"));
        Spare(8.9);
        world.Run(60);
        Assert.Equal("high", world.Label(node, "headroom"));
        world.Run(1);
        Assert.Equal("low", world.Label(node, "headroom"));
        Spare(1.4);
        world.Run(61);
        Assert.Equal("none", world.Label(node, "headroom"));
        Spare(4.4);
        world.Run(600);
        Assert.Equal("none", world.Label(node, "headroom"));
        Spare(21.1);
        world.Run(61);
        Assert.Equal("high", world.Label(node, "headroom"));
    }

    [Fact]
    public void Decide_TelemetryMissing_KeepsLabelsThenSaysUnknown()
    {
        var (world, node) = Settled();
        var before = world.Sights[node].Labels;
        Silence(world, node, 119);
        Assert.Equal(before, world.Sights[node].Labels);
        Silence(world, node, 2);
        Assert.Equal("unknown", world.Label(node, "state"));
        Assert.Equal("no telemetry for 120 s", world.Annotation(node, "reason"));
        world.Facts.Remove(node);
        world.Run(3600);
        Assert.Equal(before.SetItem("power.homelab/state", "unknown"), world.Sights[node].Labels);
        Assert.Equal(2, world.Patches);
    }

    [Fact]
    public void Decide_TelemetryReturns_StateIsKnownAgain()
    {
        var (world, node) = Settled();
        Silence(world, node, 200);
        world.Set(node, facts => facts with { Age = TimeSpan.Zero });
        world.Run(31);
        Assert.Equal("ok", world.Label(node, "state"));
    }

    [Fact]
    public void Decide_Shedder_IsTaintedAndSaysSoUntilItIsNone()
    {
        var (world, nodes) = Fleet(4);
        world.Set(nodes[0], facts => facts with { IsShedder = true, Reason = "fleet 103.2 W of 100 W" });
        world.Run(31);
        Assert.Equal(TaintEffect.PreferNoSchedule, world.Taint(nodes[0], "over-budget"));
        Assert.Equal(ConditionStatus.True, world.Condition(nodes[0], "PowerBudgetExceeded"));
        world.Run(600);
        Assert.Equal(TaintEffect.PreferNoSchedule, world.Taint(nodes[0], "over-budget"));
        world.Set(nodes[0], facts => facts with { IsShedder = false });
        world.Run(301);
        Assert.Null(world.Taint(nodes[0], "over-budget"));
        Assert.Equal(ConditionStatus.False, world.Condition(nodes[0], "PowerBudgetExceeded"));
        Assert.All(nodes.Skip(1), other => Assert.False(world.IsTainted(other)));
    }

    [Fact]
    public void Decide_HardTaintsChosen_TaintHardensAfterFiveMinutes()
    {
        var (world, nodes) = Fleet(4, LabelPolicy.Default with { HardTaints = true });
        world.Set(nodes[0], facts => facts with { IsShedder = true });
        world.Run(330);
        Assert.Equal(TaintEffect.PreferNoSchedule, world.Taint(nodes[0], "over-budget"));
        world.Run(1);
        Assert.Equal(TaintEffect.NoSchedule, world.Taint(nodes[0], "over-budget"));
        world.Restart();
        world.Run(200);
        Assert.Equal(TaintEffect.NoSchedule, world.Taint(nodes[0], "over-budget"));
    }

    [Fact]
    public void Decide_WholeFleetOnBattery_TaintsTheFirstHalfAndStays()
    {
        var (world, nodes) = Fleet(5);
        world.Fleet = world.Fleet with { IsOnBattery = true };
        world.Run(3600);
        Assert.Equal([true, true, false, false, false], nodes.Select(world.IsTainted));
        Assert.Equal(5 + 2, world.Patches);
    }

    [Fact]
    public void Decide_WorseNodeAppearsAtTheGuard_TakesThePlaceOfAMilderOne()
    {
        var (world, nodes) = Fleet(4);
        world.Fleet = world.Fleet with { IsOnBattery = true };
        world.Run(400);
        Assert.Equal([true, true, false, false], nodes.Select(world.IsTainted));
        world.Set(nodes[3], facts => facts with { IsThrottled = true });
        world.Run(400, () => Assert.InRange(nodes.Count(world.IsTainted), 0, 2));
        Assert.Equal([true, false, false, true], nodes.Select(world.IsTainted));
    }

    [Fact]
    public void Decide_NodesCordonedAway_GuardFreesTheMildest()
    {
        var (world, nodes) = Fleet(4);
        world.Set(nodes[0], facts => facts with { IsShedder = true });
        world.Set(nodes[1], facts => facts with { IsThrottled = true });
        world.Run(200);
        Assert.Equal([true, true, false, false], nodes.Select(world.IsTainted));
        world.Look(nodes[3], sight => sight with { IsUnschedulable = true });
        world.Run(70);
        Assert.Equal([false, true, false, false], nodes.Select(world.IsTainted));
        // Room again, but a node that was just set free is left in peace for five minutes.
        world.Look(nodes[3], sight => sight with { IsUnschedulable = false });
        world.Run(220);
        Assert.Equal([false, true, false, false], nodes.Select(world.IsTainted));
        world.Run(20);
        Assert.Equal([true, true, false, false], nodes.Select(world.IsTainted));
    }

    [Fact]
    public void Decide_RestartAfterTheMainsReturned_TaintStaysItsFiveMinutes()
    {
        var (world, nodes) = Fleet(2);
        world.Fleet = world.Fleet with { IsOnBattery = true };
        world.Run(100);
        world.Fleet = world.Fleet with { IsOnBattery = false };
        world.Restart();
        world.Run(290);
        Assert.Equal(TaintEffect.PreferNoSchedule, world.Taint(nodes[0], "on-battery"));
        world.Run(20);
        Assert.Null(world.Taint(nodes[0], "on-battery"));
    }

    [Fact]
    public void Decide_FactChangesAroundAGap_MustStandAMinuteAfterIt()
    {
        var (world, node) = Settled();
        world.Set(node, facts => facts with { CapKind = CapKind.Soft });
        world.Run(40);
        Silence(world, node, 60);
        world.Set(node, facts => facts with { Age = TimeSpan.Zero });
        world.Run(60);
        Assert.Equal("hard", world.Label(node, "cap"));
        world.Run(1);
        Assert.Equal("soft", world.Label(node, "cap"));
    }

    [Fact]
    public void Decide_LabelsStrippedWhileNobodySpeaksForTheNode_NoneAreMadeUp()
    {
        var world = new LabelWorld();
        var node = world.Add("n");
        world.Facts.Remove(node);
        world.Look(node, sight => sight with { Taints = [new("power.homelab/throttling", "", TaintEffect.PreferNoSchedule)] });
        world.Run(600);
        Assert.Equal(["power.homelab/state=unknown"], world.Sights[node].Labels.Select(label => $"{label.Key}={label.Value}"));
    }

    [Fact]
    public void Decide_LabelWithoutMeaningAtTheStart_IsNotRemovedBeforeItsTime()
    {
        var world = new LabelWorld();
        var (node, silent) = (world.Add("n"), world.Add("silent"));
        foreach (var key in new[] { node, silent })
            world.Look(key, sight => sight with { Labels = sight.Labels.Add("power.homelab/headroom", "lots") });
        world.Set(node, facts => facts with { Allocation = null });
        world.Facts.Remove(silent);
        world.Run(120);
        Assert.Equal("lots", world.Label(node, "headroom"));
        world.Run(1);
        Assert.Null(world.Label(node, "headroom"));
    }

    [Fact]
    public void Decide_ForeignAndForgedTaints_OnesOfOthersStayOursAreSetRight()
    {
        var (world, nodes) = Fleet(2);
        var foreign = new[] { new NodeTaint("example.org/x", "1", TaintEffect.NoExecute), new NodeTaint("power.homelab/other", "", TaintEffect.PreferNoSchedule) };
        world.Set(nodes[0], facts => facts with { IsThrottled = true });
        world.Look(nodes[0], sight => sight with
        {
            Taints = [new("power.homelab/throttling", "x", TaintEffect.NoExecute), .. foreign, new("power.homelab/over-budget", "", TaintEffect.NoSchedule)],
        });
        world.Restart();
        world.Run(400);
        NodeTaint[] expected = [.. foreign, new("power.homelab/throttling", "", TaintEffect.PreferNoSchedule)];
        Assert.Equal(expected, world.Sights[nodes[0]].Taints.ToArray());
    }

    [Fact]
    public void Decide_TaintsSwitchedOff_RemovesThemAndKeepsTheCondition()
    {
        var (world, nodes) = Fleet(4);
        world.Set(nodes[0], facts => facts with { IsShedder = true });
        world.Run(60);
        var later = new LabelWorld(LabelPolicy.Default with { Taints = false });
        foreach (var node in nodes)
            (later.Sights[node], later.Facts[node]) = (world.Sights[node], world.Facts[node]);
        later.Run(120);
        Assert.Null(later.Taint(nodes[0], "over-budget"));
        Assert.Equal(ConditionStatus.True, later.Condition(nodes[0], "PowerBudgetExceeded"));
    }

    [Fact]
    public void Decide_KubeletDropsTheResource_AdvertisesItAgain()
    {
        var (world, nodes) = Fleet(1, LabelPolicy.Default with { AdvertiseWatts = true });
        Assert.Equal(28, world.Sights[nodes[0]].WattsCapacity);
        foreach (var dropped in (long?[])[null, 0])
        {
            world.Look(nodes[0], sight => sight with { WattsCapacity = dropped });
            world.Run(2);
            Assert.Equal(28, world.Sights[nodes[0]].WattsCapacity);
            world.Run(100);
        }
    }

    [Fact]
    public void Decide_KindNodesOnOneMachine_AreLabelledAndShareItsWatts()
    {
        var world = new LabelWorld(LabelPolicy.Default with { AdvertiseWatts = true });
        var nodes = new[] { world.Add("kind-a"), world.Add("kind-b"), world.Add("alone") };
        foreach (var node in nodes.Take(2))
            world.Set(node, facts => facts with { Host = "nas" });
        world.Run(60);
        Assert.Equal(["nas", "nas", null], nodes.Select(node => world.Label(node, "shared-host")));
        Assert.Equal(["host", "host", null], nodes.Select(node => world.Annotation(node, "watts-scope")));
        Assert.Equal([14, 14, 28], nodes.Select(node => world.Sights[node].WattsCapacity));
    }

    [Fact]
    public void Decide_CapComesAndGoes_TellsItOnceAWindowWithACount()
    {
        var (world, node) = Settled();
        for (var i = 0; i < 10; i++)
        {
            world.Set(node, facts => facts with { CapKind = i % 2 == 0 ? CapKind.None : CapKind.Hard });
            world.Run(10);
        }
        world.Run(300);
        Assert.Equal(
            [("PowerCapReleased", 1), ("PowerCapApplied", 1), ("PowerCapReleased", 4), ("PowerCapApplied", 4)],
            world.Events.Select(told => (told.Event.Reason, told.Event.Count)));
    }

    [Fact]
    public void Decide_FleetOverBudget_TellsEachClusterOnce()
    {
        var (world, _) = Fleet(2);
        world.Add("far", cluster: "remote");
        world.Run(40);
        world.Fleet = world.Fleet with { OverBudgetSince = world.Now };
        world.Run(900);
        Assert.Equal(["home", "remote"], world.Events.Where(told => told.Event.Reason == "FleetOverBudget").Select(told => told.Event.Cluster));
    }

    [Theory]
    [InlineData(false, "c,b,b,a")]
    [InlineData(true, "c,c,a,a")]
    public void Decide_ScoresOfTwoArchitectures_AreGradedAcrossOrWithin(bool within, string grades)
    {
        var world = new LabelWorld(LabelPolicy.Default with { GradeWithinArchitecture = within });
        var nodes = new[] { world.Add("x1"), world.Add("arm1", "arm64"), world.Add("x2"), world.Add("arm2", "arm64") };
        foreach (var (node, score) in nodes.Zip([1.0, 2, 3, 4]))
            world.Set(node, facts => facts with { Efficiency = score });
        world.Run(60);
        Assert.Equal(grades, string.Join(',', nodes.Select(node => world.Label(node, "efficiency"))));
    }

    [Fact]
    public void Decide_HeartbeatChosen_RepeatsOnlyConditionsThatHold()
    {
        var (world, node) = Fleet(4, LabelPolicy.Default with { Heartbeat = TimeSpan.FromMinutes(5) }) is var (made, nodes) ? (made, nodes[0]) : default;
        world.Run(3600);
        Assert.Equal(4, world.Written.Count);
        world.Set(node, facts => facts with { IsThrottled = true });
        world.Run(31);
        var since = world.Sights[node].Conditions.Single().TransitionAt;
        var before = world.Written.Count;
        world.Run(3600);
        Assert.InRange(world.Written.Count - before, 11, 12);
        Assert.Equal(since, world.Sights[node].Conditions.Single().TransitionAt);
    }

    [Fact]
    public void Decide_TelemetryOfAThrottlingNodeEnds_ConditionIsUnknownAndTheTaintStays()
    {
        var (world, nodes) = Fleet(4);
        world.Set(nodes[0], facts => facts with { IsThrottled = true });
        world.Run(120);
        Silence(world, nodes[0], 400);
        Assert.Equal(ConditionStatus.Unknown, world.Condition(nodes[0], "ThermalThrottling"));
        Assert.Equal(TaintEffect.PreferNoSchedule, world.Taint(nodes[0], "throttling"));
    }

    [Fact]
    public void Decide_KeysUnderThePrefixThatAreNotOurs_AreNeitherWrittenNorRemoved()
    {
        var world = new LabelWorld();
        var node = world.Add("n");
        world.Look(node, sight => sight with { Labels = sight.Labels.Add("power.homelab/room", "attic"), Annotations = sight.Annotations.Add("power.homelab/note", "x") });
        world.Run(60);
        Assert.All(world.Written, write => Assert.False(write.Change.Labels.ContainsKey("power.homelab/room") || write.Change.Annotations.ContainsKey("power.homelab/note")));
        Assert.Equal("attic", world.Label(node, "room"));
        Assert.Equal(1, world.Patches);
    }

    [Fact]
    public void Decide_ShortenedPolicy_DoesTheSameSooner()
    {
        var world = new LabelWorld(LabelPolicy.Default.Scaled(0.1));
        var nodes = new[] { world.Add("a"), world.Add("b") };
        world.Run(30);
        world.Set(nodes[0], facts => facts with { IsThrottled = true });
        world.Run(4);
        Assert.Equal(TaintEffect.PreferNoSchedule, world.Taint(nodes[0], "throttling"));
        world.Set(nodes[0], facts => facts with { IsThrottled = false });
        world.Run(31);
        Assert.Null(world.Taint(nodes[0], "throttling"));
    }

    [Fact]
    public void Decide_PatchThatNeverTakesHold_IsSentEverMoreSeldom()
    {
        var (world, node) = Settled();
        var before = world.Written.Count;
        world.Takes = _ => false;
        world.Set(node, facts => facts with { ThermalMargin = new Temperature(3_000) });
        world.Run(6 * 3600);
        Assert.InRange(world.Written.Count - before, 6, 13);
    }

    private static (LabelWorld World, NodeKey Node) Settled()
    {
        var (world, nodes) = Fleet(1);
        return (world, nodes[0]);
    }

    private static (LabelWorld World, NodeKey[] Nodes) Fleet(int count, LabelPolicy? policy = null)
    {
        var world = new LabelWorld(policy);
        var nodes = Enumerable.Range(0, count).Select(i => world.Add("n" + i)).ToArray();
        world.Run(240);
        Assert.Equal(count, world.Written.Count);
        return (world, nodes);
    }

    private static void Draw(LabelWorld world, NodeKey node, double watts) =>
        world.Set(node, facts => facts with { Power = facts.Power with { Watts = Power.FromWatts(watts) } });

    private static void Silence(LabelWorld world, NodeKey node, int seconds) =>
        world.Run(seconds, () => world.Set(node, facts => facts with { Age = facts.Age + TimeSpan.FromSeconds(1) }));
}

using Homelab.Units;
using Xunit.Abstractions;

namespace Homelab.Aggregator.Labels.Tests;

/// <summary>Fleets that do their worst to be written to, over hours of virtual time.</summary>
public sealed class LabelBookAdversaryTests(ITestOutputHelper output)
{
    private static readonly string[] Boards = ["UM890 Pro", "  ☃ board / №2 ", "", "-_.-", new string('x', 200), "Raspberry Pi 5 Model B Rev 1.0"];

    [Theory]
    [InlineData(1)]
    [InlineData(30)]
    [InlineData(400)]
    public void Decide_EverythingFlaps_WritesAtMostOncePerNodeAndMinute(int mostPhase)
    {
        const int Hours = 2;
        for (var seed = 1; seed <= 4; seed++)
        {
            var pick = new Random(seed * 1000 + mostPhase);
            var world = Fleet(pick, LabelPolicy.Default with { HardTaints = seed % 2 == 0, AdvertiseWatts = true });
            var lossy = seed % 3 == 0;
            world.Takes = _ => !lossy || pick.Next(10) > 0;
            var due = world.Sights.Keys.ToDictionary(key => key, _ => new double[8]);
            world.Run(60);
            world.Run(Hours * 3600, () =>
            {
                Flap(world, pick, due, mostPhase);
                Judge(world);
            });
            var most = world.Written.GroupBy(write => write.Change.Key).Max(Patches);
            output.WriteLine($"phases up to {mostPhase} s, seed {seed}: at most {most} patches of a node in {Hours} h, {world.Patches} in all");
            Assert.InRange(world.Patches, 1, int.MaxValue);
            Assert.InRange(most, 0, Hours * 60 + 3);
        }
    }

    [Fact]
    public void Decide_SteadyFleetWithNoisyFigures_WritesNothing()
    {
        var pick = new Random(7);
        var world = Fleet(pick, LabelPolicy.Default with { AdvertiseWatts = true });
        var nodes = world.Sights.Keys.ToArray();
        void Noise()
        {
            double Around(double value, double share) => value * (1 + share * (2 * pick.NextDouble() - 1));
            foreach (var node in nodes)
            {
                world.Set(node, facts => facts with
                {
                    Power = facts.Power with { Watts = Power.FromWatts(Around(25, 0.1)) },
                    ThermalMargin = new Temperature((long)Around(17_000, 0.1)),
                    Allocation = Power.FromWatts(Around(30, 0.02)),
                    Cap = Power.FromWatts(Around(30, 0.02)),
                    Idle = Power.FromWatts(Around(8, 0.05)),
                    Efficiency = Around(10, 0.01),
                    Reason = $"fleet at {pick.Next(90, 99)} W of 100 W",
                    WattsShare = Power.FromWatts(Around(28, 0.05)),
                    Age = TimeSpan.FromSeconds(pick.NextDouble()),
                });
            }
        }
        world.Run(600, Noise);
        var before = world.Written.Count;
        Assert.InRange(before, nodes.Length, 3 * nodes.Length);
        world.Run(4 * 3600, Noise);
        Assert.Empty(world.Written.Skip(before).Select(write => string.Join(' ', write.Change.Annotations.Concat(write.Change.Labels))));
    }

    [Fact]
    public void Decide_RestartWhileAgentsComeBackOneByOne_RemovesNothing()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var pick = new Random(seed);
            var world = Fleet(pick, LabelPolicy.Default with { AdvertiseWatts = true, HardTaints = seed % 2 == 0 });
            foreach (var node in world.Sights.Keys)
                world.Set(node, facts => facts with { IsShedder = pick.Next(2) == 0, IsThrottled = pick.Next(3) == 0, ThermalMargin = new Temperature(pick.Next(0, 40_000)) });
            world.Run(600);
            var (written, known) = (world.Written.Count, new Dictionary<NodeKey, NodeFacts>(world.Facts));
            var back = known.Keys.ToDictionary(key => key, _ => pick.Next(0, 110));
            world.Facts.Clear();
            world.Restart();
            for (var second = 0; second < 240; second++)
            {
                foreach (var (node, _) in back.Where(agent => agent.Value == second))
                    world.Facts[node] = known[node];
                world.Run(1);
            }
            Assert.Empty(world.Written.Skip(written));
        }
    }

    [Fact]
    public void Decide_RestartIntoAnotherWorld_RemovesNothingBeforeAllHaveReportedOrTwoMinutes()
    {
        var world = Fleet(new Random(3), LabelPolicy.Default with { AdvertiseWatts = true });
        var nodes = world.Sights.Keys.ToArray();
        world.Set(nodes[0], facts => facts with { IsShedder = true, IsUnderVoltage = true });
        world.Run(600);
        // The next process advertises no watts, sets no taints, and one agent never comes back.
        var next = new LabelWorld(LabelPolicy.Default with { Taints = false });
        foreach (var node in nodes)
            (next.Sights[node], next.Facts[node]) = (world.Sights[node], world.Facts[node] with { IsShedder = false, IsUnderVoltage = false, Board = "" });
        next.Facts.Remove(nodes[4]);
        next.Run(120);
        Assert.All(next.Written.Where(write => write.Change.Key.Cluster == "home"), write => Assert.Empty(Removals(write.Change)));
        Assert.Contains(next.Written, write => Removals(write.Change).Any());
        next.Run(1);
        Assert.Contains(next.Written, write => write.Change.Key == nodes[0] && Removals(write.Change).Any());
        next.Run(900);
        Assert.All(nodes, node => Assert.False(next.IsTainted(node)));
        Assert.All(nodes, node => Assert.Null(next.Sights[node].WattsCapacity));
    }

    [Fact]
    public void Decide_AggregatorRestartsEveryMinuteUnderFlapping_KeepsTheSpacing()
    {
        var pick = new Random(11);
        var world = Fleet(pick, LabelPolicy.Default);
        var due = world.Sights.Keys.ToDictionary(key => key, _ => new double[8]);
        world.Run(3 * 3600, () =>
        {
            if (world.Now.TotalSeconds % 50 == 0)
                world.Restart();
            Flap(world, pick, due, 120);
        });
        Assert.All(world.Written.GroupBy(write => write.Change.Key), node =>
            Assert.All(Metadata(node).Zip(Metadata(node).Skip(1)), pair => Assert.True(pair.Second - pair.First >= TimeSpan.FromSeconds(59))));

        static IEnumerable<TimeSpan> Metadata(IEnumerable<(TimeSpan At, NodeChange Change)> writes) =>
            writes.Where(write => write.Change.IsMetadataChanged).Select(write => write.At);
    }

    [Fact]
    public void Decide_NodesAreCordonedAtRandom_NoTaintIsAddedBeyondTheGuardAndItHoldsAgainSoon()
    {
        for (var seed = 1; seed <= 8; seed++)
        {
            var pick = new Random(seed);
            var world = Fleet(pick, LabelPolicy.Default);
            var nodes = world.Sights.Keys.ToArray();
            for (var phase = 0; phase < 40; phase++)
            {
                foreach (var node in nodes)
                {
                    world.Look(node, sight => sight with { IsUnschedulable = pick.Next(3) == 0 });
                    world.Set(node, facts => facts with { IsThrottled = pick.Next(2) == 0, IsShedder = pick.Next(2) == 0 });
                }
                world.Run(pick.Next(1, 200), () => JudgeAdditions(world));
                world.Run(phase % 5 == 0 ? 400 : 0);
                if (phase % 5 == 0)
                    JudgeGuard(world);
            }
            Assert.Contains(world.Written, write => write.Change.Taints.Any(step => step.From is null));
        }
    }

    /// <summary>Each change of k patches is followed by k minutes without any.</summary>
    private static int Patches(IEnumerable<(TimeSpan At, NodeChange Change)> writes)
    {
        var all = writes.ToArray();
        Assert.All(all.Zip(all.Skip(1)), pair =>
            Assert.True(pair.Second.At - pair.First.At >= TimeSpan.FromMinutes(pair.First.Change.Patches), $"{pair.First.Change.Key} at {pair.Second.At}"));
        return all.Sum(write => write.Change.Patches);
    }

    private static void Judge(LabelWorld world)
    {
        foreach (var write in world.Written.Where(write => write.At == world.Now))
        {
            Assert.All(write.Change.Labels, label => Assert.True(LabelValue.IsValid(label.Value) && world.Policy.Prefix.Covers(label.Key), label.ToString()));
            Assert.All(write.Change.Taints, step => Assert.NotEqual(TaintEffect.NoExecute, step.To?.Effect));
        }
        JudgeGuard(world);
    }

    private static void JudgeGuard(LabelWorld world)
    {
        foreach (var cluster in world.Sights.Values.GroupBy(sight => sight.Key.Cluster))
        {
            var nodes = cluster.Select(sight => new GuardNode(sight.Key, sight.Architecture, !sight.IsUnschedulable, sight.IsControlPlane, 0, false)).ToArray();
            Assert.Null(TaintGuardTests.Violation(nodes, cluster.Where(sight => world.IsTainted(sight.Key)).Select(sight => sight.Key).ToHashSet()));
        }
    }

    /// <summary>Whoever got a first taint in the last round, got it inside the guard of then.</summary>
    private static void JudgeAdditions(LabelWorld world)
    {
        foreach (var (_, change) in world.Written.Where(write => write.At == world.Now && write.Change.Taints.Any(step => step.From is null)))
        {
            var cluster = world.Sights.Values.Where(sight => sight.Key.Cluster == change.Key.Cluster && !sight.IsUnschedulable).ToArray();
            var isFirst = world.Sights[change.Key].Taints.Length == change.Taints.Count(step => step.To is not null);
            if (isFirst && cluster.Any(sight => sight.Key == change.Key))
                Assert.InRange(cluster.Count(sight => world.IsTainted(sight.Key)), 1, cluster.Length / 2);
        }
    }

    private static IEnumerable<string> Removals(NodeChange change)
    {
        foreach (var step in change.Taints.Where(step => step.To is null))
            yield return "taint " + step.From;
        foreach (var condition in change.Conditions.Where(condition => condition.Status == ConditionStatus.False))
            yield return "condition " + condition.Type;
        if (change.Capacity is { Watts: null })
            yield return "capacity";
        if (change.IsMetadataChanged && change.Labels.Count < 10)
            yield return "label";
    }

    private static LabelWorld Fleet(Random pick, LabelPolicy policy)
    {
        var world = new LabelWorld(policy);
        for (var i = 0; i < 7; i++)
        {
            var node = world.Add("n" + i, i % 3 == 0 ? "arm64" : "amd64", i < 5 ? "home" : "remote");
            world.Look(node, sight => sight with { IsControlPlane = pick.Next(3) == 0 });
            world.Set(node, facts => facts with { Efficiency = 10 * (1 + i) });
        }
        return world;
    }

    /// <summary>Each fact stands for a while and then is another.</summary>
    private static void Flap(LabelWorld world, Random pick, Dictionary<NodeKey, double[]> due, int mostPhase)
    {
        var now = world.Now.TotalSeconds;
        if (pick.Next(mostPhase) == 0)
            world.Fleet = world.Fleet with { IsOnBattery = pick.Next(2) == 0, OverBudgetSince = pick.Next(2) == 0 ? world.Now : null };
        foreach (var (node, at) in due)
        {
            for (var fact = 0; fact < at.Length; fact++)
            {
                if (now < at[fact])
                    continue;
                at[fact] = now + 1 + pick.Next(mostPhase);
                var which = fact;
                world.Set(node, facts => Other(facts, which, pick));
            }
        }
    }

    private static NodeFacts Other(NodeFacts facts, int fact, Random pick) => fact switch
    {
        0 => facts with { Power = new NodePower(pick.Next(5) == 0 ? null : Power.FromWatts(pick.Next(1, 80)), (Provenance)pick.Next(4), "s" + pick.Next(3), PowerScope.Unknown, pick.NextDouble()) },
        1 => facts with { ThermalMargin = pick.Next(5) == 0 ? null : new Temperature(pick.Next(-5_000, 40_000)), CriticalMargin = pick.Next(5) == 0 ? null : new Temperature(pick.Next(-5_000, 40_000)), IsThrottled = pick.Next(2) == 0 },
        2 => facts with { IsShedder = pick.Next(2) == 0, IsUnderVoltage = pick.Next(2) == 0 },
        3 => facts with { CapKind = (CapKind)pick.Next(3), Cap = Power.FromWatts(pick.Next(5, 80)), Allocation = pick.Next(4) == 0 ? null : Power.FromWatts(pick.Next(1, 80)) },
        4 => facts with { Supply = (SupplyKind)pick.Next(3), Actuator = (ActuatorKind)pick.Next(8), Board = Boards[pick.Next(Boards.Length)] },
        5 => facts with { Idle = pick.Next(3) == 0 ? null : Power.FromWatts(pick.Next(1, 90)), HasGpu = pick.Next(4) == 0, Efficiency = pick.Next(4) == 0 ? null : pick.NextDouble() * 100 },
        6 => facts with { Host = "boot-" + pick.Next(12), WattsShare = pick.Next(4) == 0 ? null : Power.FromWatts(pick.Next(-2, 60)) },
        _ => facts with { Age = pick.Next(4) switch { 0 => null, 1 => TimeSpan.FromSeconds(pick.Next(300)), _ => TimeSpan.Zero } },
    };
}

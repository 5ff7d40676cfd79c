using FsCheck;
using FsCheck.Fluent;
using Homelab.Units;

namespace Homelab.Aggregator.Budgeting.Tests;

public sealed class BudgetAllocatorTests
{
    [Fact]
    public void Allocate_AnyFleet_StaysBetweenFloorAndCeilingAndInsideEveryGroup() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Questions, question =>
        {
            var it = question.Ask();
            for (var slot = 0; slot < it.Cap.Length; slot++)
            {
                if (it.Cap[slot] < it.Floor[slot] || it.Cap[slot] > it.Ceiling[slot])
                    return false;
                if (!it.Steps[slot].IsEmpty && it.Cap[slot] != it.Floor[slot] && !it.Steps[slot].Contains(new Power(it.Cap[slot])))
                    return false;
            }
            return Enumerable.Range(0, it.Tree.GroupCount).All(group => it.IsInfeasible[group] == SumOf(it, it.Floor, group) > it.Allocatable[group]
                && (it.IsInfeasible[group] ? SumOf(it, it.Cap, group) == SumOf(it, it.Floor, group) : SumOf(it, it.Cap, group) <= it.Allocatable[group]));
        }));

    [Fact]
    public void Allocate_ContinuousNodes_LeavesNothingThatSomebodyCouldTake() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Questions, question =>
        {
            var it = (question with { Steps = 0 }).Ask();
            // Every node is at its ceiling, or under a group that is full to a microwatt a head.
            return Enumerable.Range(0, it.Cap.Length).All(slot => it.Cap[slot] == it.Ceiling[slot] || Above(it, slot).Any(group =>
                it.IsInfeasible[group] || it.Allocatable[group] - SumOf(it, it.Cap, group) <= it.Cap.Length));
        }));

    [Fact]
    public void Allocate_NodesOfAClass_HaveTheSameLevelUnlessSatisfiedOrUnderATighterGroup() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Questions, question =>
        {
            // One class, no headroom to hand out: ceilings are demands.
            var it = (question with { Steps = 0, Classes = 1, DemandIsCeiling = true }).Ask();
            double Level(int slot) => (it.Cap[slot] - it.Floor[slot]) / it.Weight[slot];
            for (var low = 0; low < it.Cap.Length; low++)
            {
                if (it.Cap[low] == it.Ceiling[low])
                    continue;
                // A node that wants more: nobody inside its tightest full group stands above it.
                var full = Above(it, low).Where(group => it.Allocatable[group] - SumOf(it, it.Cap, group) <= it.Cap.Length).ToList();
                if (!full.Any(group => SlotsOf(it, group).All(high => Level(high) <= Level(low) + 2.0 / it.Weight[high] + 2.0 / it.Weight[low] + 1e-9)))
                    return full.Any(group => it.IsInfeasible[group]);
            }
            return true;
        }));

    [Fact]
    public void Allocate_SameFleetInAnotherOrder_GivesEveryNodeTheSame() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Questions, question =>
        {
            var (one, other) = ((question with { Steps = 0 }).Ask(), (question with { Steps = 0 }).Ask(isReversed: true));
            return Enumerable.Range(0, question.Count).All(index =>
                Math.Abs(one.Cap[one.Tree.SlotOf(Question.Name(index, false))] - other.Cap[other.Tree.SlotOf(Question.Name(index, true))]) <= one.Cap.Length);
        }));

    [Fact]
    public void Allocate_LessBudget_NeverRaisesTheSum() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Questions, Gen.Choose(0, 100).ToArbitrary(), (question, percent) =>
        {
            var (more, less) = ((question with { Steps = 0 }).Ask(), (question with { Steps = 0, Budget = question.Budget * percent / 100 }).Ask());
            return SumOf(less, less.Cap, 0) <= SumOf(more, more.Cap, 0) + more.Cap.Length;
        }));

    [Fact]
    public void Fill_AnyWants_SumsToWhatThereIsOrWhatIsWanted() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Gen.Choose(0, 50_000_000).ArrayOf().ToArbitrary(), Gen.Choose(0, 400_000_000).ToArbitrary(), (wants, limit) =>
        {
            var shares = wants.Select(want => (long)want).ToArray();
            WaterLevel.Fill(shares, wants.Select((_, index) => 1.0 + index % 3).ToArray(), limit, new double[wants.Length], new int[wants.Length]);
            var goal = Math.Min(limit, wants.Sum(want => (long)want));
            return shares.Sum() <= goal && shares.Sum() >= goal - wants.Length && shares.Zip(wants).All(pair => pair.First >= 0 && pair.First <= pair.Second);
        }));

    [Fact]
    public void Fill_HeadsWithoutWeight_GetNothingWhileOthersWant()
    {
        long[] shares = [50, 50];
        WaterLevel.Fill(shares, [0, 1], 40, new double[2], new int[2]);
        Assert.Equal([0, 40], shares);
    }

    [Fact]
    public void Allocate_HigherClass_IsFilledFirst()
    {
        var it = Fleet(100, (10, 90, 90, 1), (10, 90, 90, 0));
        Assert.Equal(W(10), it.Cap[0]);
        Assert.Equal(W(90), it.Cap[1]);
    }

    [Fact]
    public void Allocate_ClassWithAGuarantee_GetsItsPartAndNoMoreThanItWants()
    {
        var it = Fleet(100, [0, 0.25], (10, 90, 90, 1), (10, 90, 90, 0));
        Assert.Equal(W(10 + 20), it.Cap[0]);
        Assert.Equal(W(70), it.Cap[1]);

        var modest = Fleet(100, [0, 0.25], (10, 14, 90, 1), (10, 90, 90, 0));
        Assert.Equal(W(14), modest.Cap[0]);
    }

    [Fact]
    public void Allocate_EverythingFits_LiftsEveryCapToItsCeiling()
    {
        var it = Fleet(200, (10, 12, 90, 0), (10, 90, 90, 0));
        Assert.Equal([W(90), W(90)], it.Cap);
    }

    /// <summary>Slurm: <c>cap − alloc</c> wraps to four gigawatts when the floors alone are above the cap, and every busy node is let go.</summary>
    [Theory]
    [InlineData(100)]
    [InlineData(60)]
    [InlineData(40)]
    [InlineData(39.999999)]
    [InlineData(10)]
    [InlineData(0)]
    [InlineData(-50)]
    public void Allocate_BudgetBelowTheFloors_HoldsTheFloorsAndSaysSo(double watts)
    {
        var it = Fleet(watts, (20, 90, 90, 0), (20, 90, 90, 0));
        Assert.Equal(watts < 40, it.IsInfeasible[0]);
        Assert.Equal(Math.Max(watts, 40), new Power(it.Cap.Sum()).Watts, 5);
    }

    [Fact]
    public void Allocate_TightGroupInAWideOne_LeavesItsWattsToTheOthers()
    {
        var (a, b, c) = (NodeName.Parse("a"), NodeName.Parse("b"), NodeName.Parse("c"));
        var root = new BudgetGroup { Name = "fleet", Limit = Power.FromWatts(100), Groups = [new BudgetGroup { Name = "supply", Limit = Power.FromWatts(20), Members = [a, b] }] };
        var it = new Allotment(BudgetTree.Of(root, [a, b, c]), 1);
        Fill(it, (_, group) => group.Limit.Microwatts, slot => (W(2), W(90), W(90)));
        BudgetAllocator.Allocate(it);
        Assert.Equal([W(80), W(10), W(10)], it.Cap);
    }

    [Theory]
    [InlineData(9.9, 4)]
    [InlineData(10, 10)]
    [InlineData(14.9, 10)]
    [InlineData(99, 20)]
    public void Quantise_BetweenSteps_TakesTheLower(double cap, double held) =>
        Assert.Equal(held, BudgetAllocator.Quantise([Power.FromWatts(10), Power.FromWatts(15), Power.FromWatts(20)], Power.FromWatts(cap), Power.FromWatts(4)).Watts);

    [Fact]
    public void Allocate_SteppedNode_LeavesTheRestToTheContinuousOne()
    {
        var tree = BudgetTree.Of(new BudgetGroup { Name = "fleet", Limit = Power.FromWatts(50) }, [NodeName.Parse("a"), NodeName.Parse("b")]);
        var it = new Allotment(tree, 1);
        Fill(it, (_, group) => group.Limit.Microwatts, _ => (W(10), W(40), W(40)));
        it.Steps[0] = [Power.FromWatts(10), Power.FromWatts(20), Power.FromWatts(30), Power.FromWatts(40)];
        BudgetAllocator.Allocate(it);
        Assert.Equal([W(20), W(30)], it.Cap);
    }

    [Fact]
    public void AllocateSafeShares_AnyFleet_StayInsideEveryGroup() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Questions, question =>
        {
            var it = question.Ask(safe: true);
            return Enumerable.Range(0, it.Tree.GroupCount).All(group => it.IsInfeasible[group] || SumOf(it, it.Cap, group) <= it.Allocatable[group]);
        }));

    private static long W(double watts) => Power.FromWatts(watts).Microwatts;

    private static long SumOf(Allotment it, long[] of, int group) => SlotsOf(it, group).Sum(slot => of[slot]);

    private static IEnumerable<int> SlotsOf(Allotment it, int group) => Enumerable.Range(it.Tree.SlotsOf(group).First, it.Tree.SlotsOf(group).End - it.Tree.SlotsOf(group).First);

    private static IEnumerable<int> Above(Allotment it, int slot)
    {
        for (var group = it.Tree.GroupOf(slot); group >= 0; group = it.Tree.ParentOf(group))
            yield return group;
    }

    private static Allotment Fleet(double watts, params (double Floor, double Demand, double Ceiling, int Class)[] nodes) => Fleet(watts, [0, 0], nodes);

    private static Allotment Fleet(double watts, double[] guarantees, params (double Floor, double Demand, double Ceiling, int Class)[] nodes)
    {
        var tree = BudgetTree.Of(new BudgetGroup { Name = "fleet", Limit = Power.FromWatts(Math.Max(1, watts)) }, [.. nodes.Select((_, index) => NodeName.Parse($"n{index}"))]);
        var it = new Allotment(tree, guarantees.Length);
        guarantees.CopyTo(it.Guarantee, 0);
        Fill(it, (_, _) => W(watts), slot => (W(nodes[slot].Floor), W(nodes[slot].Demand), W(nodes[slot].Ceiling)));
        for (var slot = 0; slot < nodes.Length; slot++)
            it.Class[slot] = nodes[slot].Class;
        BudgetAllocator.Allocate(it);
        return it;
    }

    private static void Fill(Allotment it, Func<int, BudgetGroup, long> allocatable, Func<int, (long Floor, long Demand, long Ceiling)> node)
    {
        for (var group = 0; group < it.Tree.GroupCount; group++)
            it.Allocatable[group] = allocatable(group, it.Tree.Groups[group]);
        for (var slot = 0; slot < it.Tree.NodeCount; slot++)
        {
            (it.Floor[slot], it.Demand[slot], it.Ceiling[slot]) = node(slot);
            it.Weight[slot] = it.Ceiling[slot] - it.Floor[slot];
        }
    }

    /// <summary>A fleet of up to a dozen nodes in up to four groups, two of them nested, from one seed.</summary>
    private sealed record Question(int Seed, int Count, int Budget, int Classes, int Steps, bool DemandIsCeiling)
    {
        /// <summary>Reversed, the nodes sort the other way round.</summary>
        public static NodeName Name(int index, bool isReversed) => NodeName.Parse($"n{(isReversed ? 50 - index : index):00}");

        public Allotment Ask(bool isReversed = false, bool safe = false)
        {
            var dice = new Xorshift((ulong)Seed * 977 + 88172645463325252);
            for (var i = 0; i < 8; i++)
                dice.Next();
            var lots = Enumerable.Range(0, Count).Select(_ => (Floor: W(1 + 15 * dice.Next()), Range: W(0.1 + 80 * dice.Next()), Wish: dice.Next(), Group: (int)(4 * dice.Next()), Class: (int)(Classes * dice.Next()), Weight: 0.5 + dice.Next(), IsStepped: dice.Next() < 0.4)).ToArray();
            NodeName Name(int index) => Question.Name(index, isReversed);
            NodeName[] Members(int group) => [.. Enumerable.Range(0, Count).Where(index => lots[index].Group == group).Select(Name)];
            var limits = Enumerable.Range(0, 4).Select(_ => Power.FromWatts(1 + Budget * dice.Next())).ToArray();
            BudgetGroup inner = new() { Name = "inner", Limit = limits[2], Members = [.. Members(2)] };
            BudgetGroup left = new() { Name = "left", Limit = limits[1], Members = [.. Members(1)], Groups = [inner] };
            BudgetGroup right = new() { Name = "right", Limit = limits[3], Members = [.. Members(3)] };
            BudgetGroup root = new() { Name = "fleet", Limit = Power.FromWatts(Budget), Groups = isReversed ? [right, left] : [left, right] };
            var it = new Allotment(BudgetTree.Of(root, [.. Enumerable.Range(0, Count).Select(Name)]), Classes);
            for (var group = 0; group < it.Tree.GroupCount; group++)
                it.Allocatable[group] = it.Tree.Groups[group].Limit.Microwatts;
            for (var index = 0; index < Count; index++)
            {
                var (lot, slot) = (lots[index], it.Tree.SlotOf(Name(index)));
                (it.Floor[slot], it.Ceiling[slot]) = (lot.Floor, lot.Floor + lot.Range);
                it.Demand[slot] = DemandIsCeiling ? it.Ceiling[slot] : lot.Floor + (long)(lot.Range * lot.Wish);
                (it.Class[slot], it.Weight[slot]) = (lot.Class, lot.Range * lot.Weight);
                if (Steps > 0 && lot.IsStepped)
                    it.Steps[slot] = [.. Enumerable.Range(0, Steps + 1).Select(step => new Power(lot.Floor + lot.Range * step / Steps))];
            }
            if (Classes > 1)
                it.Guarantee[Classes - 1] = 0.15;
            if (safe)
                BudgetAllocator.AllocateSafeShares(it);
            else
                BudgetAllocator.Allocate(it);
            return it;
        }
    }

    private static Arbitrary<Question> Questions => (
        from seed in Gen.Choose(1, 1_000_000)
        from count in Gen.Choose(0, 12)
        from budget in Gen.Choose(5, 500)
        from classes in Gen.Choose(1, 3)
        from steps in Gen.Choose(1, 16)
        select new Question(seed, count, budget, classes, steps, false)).ToArbitrary();
}

using FsCheck;
using FsCheck.Fluent;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Fleet;

public sealed class EnergyLedgerTests
{
    private static readonly NodeName Node = Sample.Node();

    [Fact]
    public void Count_FirstCounterOfAnInstance_AddsAllOfIt()
    {
        var (ledger, outcome) = EnergyLedger.Empty.Count(Node, Sample.Instance(), new Energy(70));

        Assert.Equal(CountOutcome.Added, outcome);
        Assert.Equal(new Energy(70), ledger.TotalOf(Node));
    }

    [Fact]
    public void Count_NothingCountedYet_LeavesNoTrace() =>
        Assert.Same(EnergyLedger.Empty, EnergyLedger.Empty.Count(Node, Sample.Instance(), Energy.Zero).Ledger);

    [Fact]
    public void Count_LaterCounter_AddsTheGrowth()
    {
        var ledger = Counted((1, 70), (1, 100));

        Assert.Equal(new Energy(100), ledger.TotalOf(Node));
    }

    [Fact]
    public void Count_SameCounter_ChangesNothing()
    {
        var before = Counted((1, 70));

        var (after, outcome) = before.Count(Node, Sample.Instance(), new Energy(70));

        Assert.Equal(CountOutcome.Unchanged, outcome);
        Assert.Same(before, after);
    }

    [Fact]
    public void Count_AgentRestarted_AddsItsNewCounterToTheTotal() =>
        Assert.Equal(new Energy(105), Counted((1, 100), (2, 5)).TotalOf(Node));

    [Fact]
    public void Count_EarlierInstanceComesBack_AddsOnlyWhatIsNew() =>
        Assert.Equal(new Energy(100 + 5 + 20), Counted((1, 100), (2, 5), (1, 120)).TotalOf(Node));

    [Fact]
    public void Count_CounterFallsWithinAnInstance_IsRefused()
    {
        var before = Counted((1, 100));

        var (after, outcome) = before.Count(Node, Sample.Instance(), new Energy(99));

        Assert.Equal(CountOutcome.WentBackwards, outcome);
        Assert.Same(before, after);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void Count_CounterBeyondBelief_IsRefused(long microjoules)
    {
        var (after, outcome) = EnergyLedger.Empty.Count(Node, Sample.Instance(), new Energy(microjoules));

        Assert.Equal(CountOutcome.Implausible, outcome);
        Assert.Same(EnergyLedger.Empty, after);
    }

    [Fact]
    public void Count_TotalWouldOverflow_IsRefused()
    {
        var ledger = EnergyLedger.Empty;
        var refused = 0;
        for (var instance = 1; instance <= 20; instance++)
        {
            (ledger, var outcome) = ledger.Count(Node, new AgentInstance((UInt128)instance), EnergyLedger.MostPerInstance);
            refused += outcome == CountOutcome.Implausible ? 1 : 0;
        }

        Assert.True(refused > 0);
        Assert.True(ledger.TotalOf(Node) > Energy.Zero);
    }

    [Fact]
    public void Count_ManyInstances_RemembersTheLatestFour()
    {
        var ledger = Counted((1, 1), (2, 2), (3, 3), (4, 4), (5, 5));

        Assert.Equal([5, 4, 3, 2], ledger.Nodes[Node].Counts.Select(count => (int)count.Instance.Value));
    }

    [Fact]
    public void SpendOverBudget_NegativeDuration_ChangesNothing() =>
        Assert.Same(EnergyLedger.Empty, EnergyLedger.Empty.SpendOverBudget(TimeSpan.FromSeconds(-1)));

    [Fact]
    public void SpendOverBudget_Duration_AddsUp() =>
        Assert.Equal(TimeSpan.FromSeconds(3), EnergyLedger.Empty.SpendOverBudget(TimeSpan.FromSeconds(1)).SpendOverBudget(TimeSpan.FromSeconds(2)).OverBudget);

    [Fact]
    public void Count_AnyInput_NeverLowersATotal() =>
        Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<(byte Node, byte Instance, long Counter)[]>(), input =>
        {
            var ledger = EnergyLedger.Empty;
            foreach (var (node, instance, counter) in input)
            {
                var name = Sample.Node($"n{node % 3}");
                var (next, _) = ledger.Count(name, Sample.Instance((byte)(1 + instance % 6)), new Energy(counter));
                if (next.TotalOf(name) < ledger.TotalOf(name) || next.FleetTotal < ledger.FleetTotal)
                    return false;
                ledger = next;
            }
            return true;
        }));

    [Fact]
    public void Count_HonestAgentsWithLostReports_TotalsAllTheirEnergy() =>
        Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<(byte Joules, bool IsLost, bool Restarts)[]>(), steps =>
        {
            var ledger = EnergyLedger.Empty;
            UInt128 instance = 1;
            long counter = 0, truth = 0;
            foreach (var (joules, isLost, restarts) in steps)
            {
                counter += joules;
                truth += joules;
                if (restarts || !isLost)
                    (ledger, _) = ledger.Count(Node, new AgentInstance(instance), new Energy(counter));
                if (restarts)
                    (instance, counter) = (instance + 1, 0);
            }
            (ledger, _) = ledger.Count(Node, new AgentInstance(instance), new Energy(counter));
            return ledger.TotalOf(Node) == new Energy(truth);
        }));

    private static EnergyLedger Counted(params (byte Instance, long Counter)[] counts) =>
        counts.Aggregate(EnergyLedger.Empty, (ledger, count) => ledger.Count(Node, Sample.Instance(count.Instance), new Energy(count.Counter)).Ledger);
}

using System.Collections.Immutable;
using Homelab.Aggregator.Simulation.Figures;
using Homelab.Aggregator.Simulation.Plants;
using Homelab.Aggregator.Simulation.Scenarios;
using Homelab.Units;

namespace Homelab.Aggregator.Simulation;

public sealed class FigureMeterTests
{
    [Fact]
    public void Observe_DrawAboveTheBudget_CountsTimePeakEnergyAndLength()
    {
        // One node that wants 60 W from 10 s on, at a budget of 50 W, with nobody to hold it.
        var figures = Play(Constant(50, "time,watts\n0,30\n10,60\n15,30\n"), Policy.None);
        Assert.InRange(figures.PeakExcessWatts, 9.9, 10.01);
        Assert.InRange(figures.LongestEventSeconds, 4.8, 5.2);
        Assert.InRange(figures.WorstEventJoules, 47, 51);
        Assert.InRange(figures.TimeAboveRatio, 0.12, 0.13);
    }

    [Fact]
    public void Observe_ExcessBelowHalfAPercent_DoesNotCount() =>
        Assert.Equal(0, Play(Constant(50, "time,watts\n0,50.2\n"), Policy.None).TimeAboveRatio);

    [Fact]
    public void Observe_BudgetDecrease_IsSettledWhenTheDrawIsBelowIt()
    {
        var scenario = Constant(50, "time,watts\n0,45\n22,30\n") with { Steps = [new BudgetStep(TimeSpan.FromSeconds(20), Power.FromWatts(40))] };
        var figures = Play(scenario, Policy.None);
        Assert.InRange(figures.SettleSeconds!.Value, 1.9, 2.2);
        Assert.InRange(figures.OutsideSteps.TimeRatio, 0.022, 0.031);
        Assert.Null(Play(Constant(50, "time,watts\n0,45\n"), Policy.None).SettleSeconds);
    }

    [Fact]
    public void Close_NodeThatGetsHalfItsDynamicDraw_DoesTheWorkOfTheCurve()
    {
        // 30 W wanted above idle, 15 W fit: the optimum can do no better.
        var figures = Play(Constant(25, "time,watts\n0,40\n"), Policy.Static);
        Assert.InRange(figures.PerformanceVsOptimum, 0.97, 1.01);
        Assert.InRange(figures.UtilizationWhenBinding, 0.97, 1.01);
        Assert.Equal(Math.Pow(30 / 15.0, Oracle.Exponent), Play(Constant(25, "time,watts\n0,40\n"), Policy.None).PerformanceVsOptimum, 1);
    }

    [Fact]
    public void Observe_CapsAboveTheBudget_AreAViolationWithItsTimeAndWatts()
    {
        var scenario = Constant(50, "time,watts\n0,30\n");
        var demand = DemandTrace.Draw(scenario, 1);
        var plant = new Plant(scenario, demand);
        var watch = new HeldWatch(scenario);
        for (var step = 0; step < 100; step++)
        {
            if (step is 40)
                plant.Overwrite(0, Power.FromWatts(55), TimeSpan.FromSeconds(2));
            if (step is 0 or 60)
                plant.Overwrite(0, Power.FromWatts(50), TimeSpan.FromSeconds(step * 0.05));
            watch.Observe(step * DemandTrace.Step, plant, scenario.Budget);
        }
        var violation = Assert.Single(watch.Close());
        Assert.Equal((2.0, 5.0), (violation.At, violation.Watts));
        Assert.InRange(violation.ForSeconds, 0.99, 1.01);
    }

    [Fact]
    public void Observe_TwoSecondsAfterADecrease_AreNoViolation()
    {
        var scenario = Constant(50, "time,watts\n0,30\n");
        var plant = new Plant(scenario, DemandTrace.Draw(scenario, 1));
        plant.Preset(0, Power.FromWatts(50));
        var watch = new HeldWatch(scenario);
        watch.Observe(TimeSpan.FromSeconds(1), plant, Power.FromWatts(50));
        watch.Observe(TimeSpan.FromSeconds(2), plant, Power.FromWatts(40));
        watch.Observe(TimeSpan.FromSeconds(3.9), plant, Power.FromWatts(40));
        Assert.Empty(watch.Close());
        watch.Observe(TimeSpan.FromSeconds(4), plant, Power.FromWatts(40));
        Assert.Single(watch.Close());
    }

    [Fact]
    public void Of_ManyRuns_TakesMeansOfSharesAndWorstOfExcesses()
    {
        var scenario = Constant(50, "time,watts\n0,30\n");
        var one = Play(scenario, Policy.None);
        var runs = ImmutableArray.Create(one with { TimeAboveRatio = 0.1, PeakExcessWatts = 3, SettleSeconds = 1 }, one with { TimeAboveRatio = 0.3, PeakExcessWatts = 5, SettleSeconds = 2 });
        var summary = Summary.Of(scenario, Policy.None, runs);
        Assert.Equal((0.2, 5.0, 2.0, 2.0), (summary.TimeAboveRatio, summary.PeakExcessWatts, summary.SettleP99, summary.SettleWorst));
    }

    private static RunFigures Play(Scenario scenario, Policy policy) => new SimulationRun(scenario, 1).Play(policy);

    private static Scenario Constant(double budget, string trace)
    {
        var problems = new List<ScenarioProblem>();
        var node = new SimulatedNode
        {
            Name = NodeName.Parse("a"),
            Idle = Power.FromWatts(10),
            Ceiling = Power.FromWatts(70),
            EnforceableFloor = Power.FromWatts(12),
            Floor = Power.FromWatts(12),
            MeterWindow = TimeSpan.FromSeconds(0.5),
        };
        return new Scenario
        {
            Name = "one",
            Duration = TimeSpan.FromSeconds(40),
            Budget = Power.FromWatts(budget),
            Nodes = [node with { Trace = TraceFile.Parse("t", trace, node.Idle, node.Ceiling, problems) }],
        };
    }
}

using Xunit.Abstractions;

namespace Homelab.Aggregator.Budgeting.Tests;

/// <summary>The controller on a plant: what the design promises, on a few seeds. The simulator does the same at length.</summary>
public sealed class FleetControllerPlantTests(ITestOutputHelper output)
{
    [Fact]
    public void Decide_FleetOfTheDesignHard_HoldsTheBudgetAndUsesIt()
    {
        var figures = Seeds("A hard", 6, seed => new ReferencePlant(seed, PlantKind.FleetA, 8, false).Run(_ => 100, true));

        Assert.All(figures, run => Assert.InRange(run.SecondsAbove, 0, 0.09));
        Assert.InRange(figures.Max(run => run.PeakExcess), 0, 3);
        Assert.InRange(figures.Average(run => run.Performance), 0.905, 1);
        Assert.InRange(figures.Average(run => run.Utilisation), 0.905, 1);
        Assert.InRange(figures.Average(run => run.Jain), 0.995, 1);
        Assert.InRange(figures.Average(run => run.Writes), 0, 20);
    }

    [Fact]
    public void Decide_TightBudgetHard_HoldsTheBudget()
    {
        var figures = Seeds("B hard 80 W", 4, seed => new ReferencePlant(seed, PlantKind.FleetA, 8, false).Run(_ => 80, true));

        Assert.All(figures, run => Assert.InRange(run.SecondsAbove, 0, 0.09));
        Assert.InRange(figures.Average(run => run.Utilisation), 0.89, 1);
    }

    [Fact]
    public void Decide_BoundedMode_TradesSecondsAboveForWork()
    {
        var figures = Seeds("A bounded", 6, seed => new ReferencePlant(seed, PlantKind.FleetA, 8, false).Run(_ => 100, false));

        Assert.InRange(figures.Max(run => run.PeakExcess), 0, 11);
        Assert.InRange(figures.Max(run => run.WorstEvent), 0, 6);
        Assert.InRange(figures.Average(run => run.Performance), 0.94, 1);
        Assert.InRange(figures.Average(run => run.Utilisation), 0.94, 1);
    }

    [Fact]
    public void Decide_BudgetFallsByAFifth_SettlesWithinASecond()
    {
        var figures = Seeds("C step", 6, seed => new ReferencePlant(seed, PlantKind.FleetA, 8, false).Run(now => now is >= 300 and < 600 ? 80 : 100, true));

        Assert.All(figures, run => Assert.InRange(run.SecondsAbove, 0, 1));
        Assert.InRange(figures.Max(run => run.WorstEvent), 0, 6);
    }

    [Fact]
    public void Decide_FleetWithAGraphicsCard_HoldsTheBudget()
    {
        var figures = Seeds("D gpu", 6, seed => new ReferencePlant(seed, PlantKind.FleetD, 12, false).Run(_ => 350, true));

        Assert.InRange(figures.Average(run => run.SecondsAbove), 0, 0.2);
        Assert.InRange(figures.Max(run => run.PeakExcess), 0, 0.05 * 350);
    }

    [Fact]
    public void Decide_OneMessageInTwentyLost_ChangesNothing()
    {
        var figures = Seeds("E loss", 4, seed => new ReferencePlant(seed, PlantKind.FleetA, 8, false) { Loss = 0.05 }.Run(_ => 100, true));

        Assert.All(figures, run => Assert.InRange(run.SecondsAbove, 0, 0.09));
        Assert.InRange(figures.Average(run => run.Performance), 0.9, 1);
    }

    [Fact]
    public void Decide_ExactMetersAndLimiters_AreNeverAbove()
    {
        var figures = Seeds("A ideal", 4, seed => new ReferencePlant(seed, PlantKind.FleetA, 8, true).Run(_ => 100, true));

        Assert.All(figures, run => Assert.Equal(0, run.SecondsAbove));
        Assert.InRange(figures.Average(run => run.Performance), 0.915, 1);
    }

    private List<PlantFigures> Seeds(string name, int count, Func<ulong, PlantFigures> run)
    {
        var figures = Enumerable.Range(1, count).Select(seed => run((ulong)seed)).ToList();
        output.WriteLine($"{name}: above {figures.Sum(one => one.SecondsAbove) / count / 9:0.0000} %, peak {figures.Max(one => one.PeakExcess):0.0} W, event {figures.Max(one => one.WorstEvent):0.0} J, "
            + $"perf {figures.Average(one => one.Performance):0.0000}, util {figures.Average(one => one.Utilisation):0.000}, jain {figures.Average(one => one.Jain):0.0000}, "
            + $"writes {figures.Average(one => one.Writes):0.0}, rounds {figures.Average(one => one.Rounds):0}, grants {figures.Average(one => one.Grants):0}, over-committed {figures.Max(one => one.Worst):0.00} W");
        return figures;
    }
}

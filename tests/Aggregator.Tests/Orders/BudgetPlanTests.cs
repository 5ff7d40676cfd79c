using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Orders;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Orders;

public sealed class BudgetPlanTests
{
    // A Saturday.
    private static readonly DateTimeOffset Evening = new(2026, 11, 21, 18, 3, 0, TimeSpan.FromHours(1));
    private static readonly BudgetSchedule Peak = Schedule("peak", "17:00", "20:00", 80);

    private static readonly BudgetGroup Tree = new()
    {
        Name = "fleet",
        Limit = Power.FromWatts(100),
        Groups = [new BudgetGroup { Name = "rack", Limit = Power.FromWatts(60), Groups = [new BudgetGroup { Name = "tp2", Limit = Power.FromWatts(40) }] }],
    };

    [Fact]
    public void At_NothingElse_IsTheConfiguredTree()
    {
        var budget = Plan().At(Evening, StandingOrders.None);

        Assert.Equal((100, "configured", null), (budget.Tree.Limit.Watts, budget.Why, budget.Schedule));
    }

    [Theory]
    [InlineData("16:59", 100)]
    [InlineData("17:00", 80)]
    [InlineData("19:59", 80)]
    [InlineData("20:00", 100)]
    public void At_Schedule_HoldsFromItsFirstMinuteToItsLast(string time, double watts) =>
        Assert.Equal(watts, Plan(Peak).At(At(time), StandingOrders.None).Tree.Limit.Watts);

    [Fact]
    public void At_TwoSchedules_TheLowestHolds()
    {
        var budget = Plan(Peak, Schedule("night", "18:00", "06:00", 50)).At(Evening, StandingOrders.None);

        Assert.Equal((50, "night"), (budget.Tree.Limit.Watts, budget.Schedule));
    }

    [Fact]
    public void At_Override_StandsOverTheSchedule()
    {
        var budget = Plan(Peak).At(Evening, Override("fleet", 90));

        Assert.Equal(90, budget.Tree.Limit.Watts);
        Assert.Equal("override until 2026-11-21 20:03", budget.Why);
    }

    [Fact]
    public void At_OverrideOfAnInnerGroup_ChangesThatLevelOnly()
    {
        var tree = Plan().At(Evening, Override("tp2", 25)).Tree;

        Assert.Equal([100.0, 60, 25], [tree.Limit.Watts, tree.Groups[0].Limit.Watts, tree.Groups[0].Groups[0].Limit.Watts]);
    }

    [Fact]
    public void At_OnBattery_NothingIsAboveTheBattery()
    {
        var plan = Plan(Peak) with { OnBattery = Power.FromWatts(60) };

        Assert.Equal(60, plan.At(Evening, Override("fleet", 90) with { IsOnBattery = true }).Tree.Limit.Watts);
        Assert.Equal(50, plan.At(Evening, Override("fleet", 50) with { IsOnBattery = true }).Tree.Limit.Watts);
        Assert.Equal(90, plan.At(Evening, Override("fleet", 90)).Tree.Limit.Watts);
    }

    [Theory]
    [InlineData(DayOfWeek.Friday, "2026-11-20T23:00", true)]
    [InlineData(DayOfWeek.Friday, "2026-11-21T05:59", true)]
    [InlineData(DayOfWeek.Friday, "2026-11-21T06:00", false)]
    [InlineData(DayOfWeek.Friday, "2026-11-21T23:00", false)]
    [InlineData(DayOfWeek.Friday, "2026-11-20T05:00", false)]
    public void Covers_WindowPastMidnight_BelongsToTheDayItStartsOn(DayOfWeek day, string local, bool covers)
    {
        var night = Schedule("night", "22:00", "06:00", 50) with { Days = [day] };

        Assert.Equal(covers, night.Covers(DateTimeOffset.Parse(local + ":00Z", System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void Names_Tree_AreFleetFirstThenDepthFirst() => Assert.Equal(["fleet", "rack", "tp2"], BudgetPlan.Names(Tree));

    private static BudgetPlan Plan(params BudgetSchedule[] schedules) => new(Tree, [.. schedules], null);

    private static BudgetSchedule Schedule(string name, string from, string to, double watts) => new(
        name, [.. Enum.GetValues<DayOfWeek>()], TimeOnly.Parse(from, System.Globalization.CultureInfo.InvariantCulture),
        TimeOnly.Parse(to, System.Globalization.CultureInfo.InvariantCulture), Power.FromWatts(watts));

    private static StandingOrders Override(string group, double watts) =>
        StandingOrders.None.With(new BudgetOverride(group, Power.FromWatts(watts), Evening, Evening.AddHours(2)));

    private static DateTimeOffset At(string time) => new(Evening.Date + TimeSpan.Parse(time, System.Globalization.CultureInfo.InvariantCulture), Evening.Offset);
}

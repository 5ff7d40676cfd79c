using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Homelab.Units;

namespace Homelab.Aggregator.Budgeting.Tests;

public sealed class BudgetCalendarTests
{
    private static readonly ControlPolicy Usual = new()
    {
        Budget = new BudgetGroup
        {
            Name = "fleet",
            Limit = Power.FromWatts(100),
            Groups = [new BudgetGroup { Name = "rack", Limit = Power.FromWatts(60), Groups = [new BudgetGroup { Name = "pi", Limit = Power.FromWatts(20) }] }],
        },
    };

    private static readonly BudgetSchedule Peak = Schedule("peak", new(17, 0), new(20, 0), 80, DayOfWeek.Monday, DayOfWeek.Friday);
    private static readonly BudgetSchedule Night = Schedule("night", new(22, 0), new(6, 0), 50);

    [Theory]
    [InlineData("2026-11-20T16:59:59+01:00", 100)]
    [InlineData("2026-11-20T17:00:00+01:00", 80)]
    [InlineData("2026-11-20T19:59:59+01:00", 80)]
    [InlineData("2026-11-20T20:00:00+01:00", 100)]
    [InlineData("2026-11-21T18:00:00+01:00", 100)]
    public void Resolve_ScheduleOnFridays_HoldsFromItsFirstSecondToItsLast(string wall, double watts) =>
        Assert.Equal(watts, At(wall, [Peak]).Policy.Budget.Limit.Watts);

    [Theory]
    [InlineData("2026-11-20T21:59:59+01:00", 100)]
    [InlineData("2026-11-20T22:00:00+01:00", 50)]
    [InlineData("2026-11-21T00:00:00+01:00", 50)]
    [InlineData("2026-11-21T05:59:59+01:00", 50)]
    [InlineData("2026-11-21T06:00:00+01:00", 100)]
    public void Resolve_ScheduleOverMidnight_GoesOnInTheMorning(string wall, double watts) =>
        Assert.Equal(watts, At(wall, [Night]).Policy.Budget.Limit.Watts);

    [Fact]
    public void Resolve_OverMidnightOnOneDay_BelongsToTheDayItBeganOn()
    {
        var friday = Schedule("party", new(22, 0), new(6, 0), 50, DayOfWeek.Friday);

        Assert.Equal(50, At("2026-11-21T01:00:00+01:00", [friday]).Policy.Budget.Limit.Watts);
        Assert.Equal(100, At("2026-11-20T01:00:00+01:00", [friday]).Policy.Budget.Limit.Watts);
    }

    [Fact]
    public void Resolve_ClocksGoBack_FollowsTheWallClock()
    {
        // 25 October 2026, Central Europe: 03:00 summer time becomes 02:00 winter time.
        var early = Schedule("early", new(2, 0), new(3, 0), 70);

        Assert.Equal(70, At("2026-10-25T02:30:00+02:00", [early]).Policy.Budget.Limit.Watts);
        Assert.Equal(70, At("2026-10-25T02:30:00+01:00", [early]).Policy.Budget.Limit.Watts);
        Assert.Equal(100, At("2026-10-25T03:00:00+01:00", [early]).Policy.Budget.Limit.Watts);
    }

    [Fact]
    public void Resolve_TwoSchedulesAtOnce_TheLowerLimitCounts()
    {
        var allDay = Schedule("all day", new(0, 0), new(0, 0), 90);

        Assert.Equal(80, At("2026-11-20T18:00:00+01:00", [allDay, Peak]).Policy.Budget.Limit.Watts);
        Assert.Equal(90, At("2026-11-20T12:00:00+01:00", [allDay, Peak]).Policy.Budget.Limit.Watts);
    }

    [Fact]
    public void Resolve_OverrideDuringASchedule_ReplacesItUntilItEnds()
    {
        BudgetOverride[] overrides = [new("fleet", Power.FromWatts(120), DateTimeOffset.Parse("2026-11-20T18:30:00+01:00"))];

        var during = At("2026-11-20T18:00:00+01:00", [Peak], overrides);
        Assert.Equal(120, during.Policy.Budget.Limit.Watts);
        Assert.Equal(DateTimeOffset.Parse("2026-11-20T18:30:00+01:00"), during.ChangesAt);
        Assert.Equal("schedule peak until 20:00; fleet set to 120 W until 18:30", during.Reason);
        Assert.Equal(80, At("2026-11-20T18:30:00+01:00", [Peak], overrides).Policy.Budget.Limit.Watts);
    }

    [Fact]
    public void Resolve_OnBattery_NothingIsAboveItsProfile()
    {
        BudgetOverride[] overrides = [new("fleet", Power.FromWatts(120), null)];

        var effective = At("2026-11-20T12:00:00+01:00", [], overrides, isOnBattery: true);

        Assert.Equal(40, effective.Policy.Budget.Limit.Watts);
        Assert.Equal(15, effective.Policy.Budget.Groups[0].Groups[0].Limit.Watts);
        Assert.Equal(60, effective.Policy.Budget.Groups[0].Limit.Watts);
        Assert.Equal("fleet set to 120 W; on battery", effective.Reason);
    }

    [Fact]
    public void Resolve_NothingInForce_IsTheUsualPolicyItself()
    {
        var effective = At("2026-11-21T12:00:00+01:00", [Peak]);

        Assert.Same(Usual, effective.Policy);
        Assert.Equal("", effective.Reason);
        Assert.Equal(DateTimeOffset.Parse("2026-11-23T17:00:00+01:00"), effective.ChangesAt);
    }

    [Fact]
    public void Resolve_AtAnyMoment_NothingChangesBeforeItSaysSo() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Gen.Choose(0, 7 * 24 * 60 - 1).ToArbitrary(), Gen.Choose(1, 7 * 24 * 60).ToArbitrary(), (start, later) =>
        {
            var wall = DateTimeOffset.Parse("2026-11-16T00:00:00+01:00").AddMinutes(start);
            var now = Calendar([Peak, Night]).Resolve(wall, [], false);
            var then = Calendar([Peak, Night]).Resolve(wall.AddMinutes(later), [], false);
            return wall.AddMinutes(later) >= now.ChangesAt || then.Policy.Budget.Limit == now.Policy.Budget.Limit;
        }));

    private static EffectiveBudget At(string wall, BudgetSchedule[] schedules, BudgetOverride[]? overrides = null, bool isOnBattery = false) =>
        Calendar(schedules).Resolve(DateTimeOffset.Parse(wall), [.. overrides ?? []], isOnBattery);

    private static BudgetCalendar Calendar(BudgetSchedule[] schedules) =>
        new(Usual, [.. schedules], ImmutableSortedDictionary<string, Power>.Empty.Add("fleet", Power.FromWatts(40)).Add("pi", Power.FromWatts(15)));

    private static BudgetSchedule Schedule(string name, TimeOnly from, TimeOnly to, double watts, params DayOfWeek[] days) =>
        new(name, [.. days], from, to, ImmutableSortedDictionary<string, Power>.Empty.Add("fleet", Power.FromWatts(watts)));
}

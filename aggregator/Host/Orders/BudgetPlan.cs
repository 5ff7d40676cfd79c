using System.Collections.Immutable;
using Homelab.Aggregator.Budgeting;
using Homelab.Units;

namespace Homelab.Aggregator.Orders;

/// <summary>Which budget holds at a moment, and why.</summary>
/// <param name="Tree">Limits in force at every level.</param>
/// <param name="Why">One line for people: <c>configured</c>, <c>schedule 'peak' until 20:00</c>, <c>override until 21:30</c>.</param>
/// <param name="Schedule">Name of the schedule in force; null when none is.</param>
internal sealed record BudgetInForce(BudgetGroup Tree, string Why, string? Schedule);

/// <summary>
/// Resolves the configured budget, the schedules, the on-battery profile and the operator's overrides into one tree. A schedule
/// replaces the configured fleet budget, the lowest of several; an override replaces both; on battery nothing is above the battery's budget. Pure.
/// </summary>
internal sealed record BudgetPlan(BudgetGroup Configured, ImmutableArray<BudgetSchedule> Schedules, Power? OnBattery)
{
    public BudgetInForce At(DateTimeOffset local, StandingOrders orders)
    {
        var (limit, why) = (Configured.Limit, "configured");
        var schedule = Schedules.Where(each => each.Covers(local)).MinBy(each => each.Limit);
        if (schedule is not null)
            (limit, why) = (schedule.Limit, $"schedule '{schedule.Name}' until {schedule.To:HH\\:mm}");
        if (orders.Overrides.FirstOrDefault(each => each.Group == Configured.Name) is { } given)
            (limit, why) = (given.Limit, $"override until {given.Until.ToOffset(local.Offset):yyyy-MM-dd HH\\:mm}");
        if (orders.IsOnBattery && OnBattery is { } battery && battery < limit)
            (limit, why) = (battery, "on battery");
        return new BudgetInForce(Limited(Configured, orders) with { Limit = limit }, why, schedule?.Name);
    }

    /// <summary>Every level's name, the fleet's first.</summary>
    public static IEnumerable<string> Names(BudgetGroup group) => group.Groups.SelectMany(Names).Prepend(group.Name);

    private static BudgetGroup Limited(BudgetGroup group, StandingOrders orders) => group with
    {
        Limit = orders.Overrides.FirstOrDefault(each => each.Group == group.Name)?.Limit ?? group.Limit,
        Groups = [.. group.Groups.Select(inner => Limited(inner, orders))],
    };
}

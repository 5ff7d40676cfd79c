using System.Collections.Immutable;
using System.Globalization;
using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>Which budget is in force when: schedules, temporary overrides and the on-battery profile, resolved into one policy.</summary>
/// <remarks>
/// Of several schedules at once the lowest limit counts. An override replaces what the schedules say. On battery, nothing is above the battery's
/// profile, overrides included: a UPS does not ask. All hours are local wall clock, as the moment carries it; no zone table is needed.
/// </remarks>
/// <param name="usual">When nothing else is in force.</param>
/// <param name="onBattery">Group name → its limit while the fleet runs on battery; empty when there is no such profile.</param>
internal sealed class BudgetCalendar(ControlPolicy usual, ImmutableArray<BudgetSchedule> schedules, ImmutableSortedDictionary<string, Power> onBattery)
{
    private const int DaysAhead = 8;

    public static BudgetCalendar Of(ControlPolicy usual) => new(usual, [], ImmutableSortedDictionary<string, Power>.Empty);

    public EffectiveBudget Resolve(DateTimeOffset wall, ImmutableArray<BudgetOverride> overrides, bool isOnBattery)
    {
        var limits = new Dictionary<string, Power>(StringComparer.Ordinal);
        var reasons = new List<string>();
        foreach (var schedule in schedules)
        {
            if (schedule.WindowAt(wall.DateTime) is not { } window)
                continue;
            foreach (var (group, limit) in schedule.Limits)
                limits[group] = limits.TryGetValue(group, out var other) ? Power.Min(other, limit) : limit;
            reasons.Add($"schedule {schedule.Name} until {Clock(window.End)}");
        }
        foreach (var one in overrides)
        {
            if (one.Until <= wall)
                continue;
            limits[one.Group] = one.Limit;
            reasons.Add(one.Until is { } until ? $"{one.Group} set to {one.Limit} until {Clock(until.ToOffset(wall.Offset).DateTime)}" : $"{one.Group} set to {one.Limit}");
        }
        if (isOnBattery && !onBattery.IsEmpty)
        {
            Lower(usual.Budget, limits);
            reasons.Add("on battery");
        }
        var policy = limits.Count == 0 ? usual : usual with { Budget = With(usual.Budget, limits) };
        return new EffectiveBudget(policy, ChangesAt(wall, overrides), string.Join("; ", reasons));
    }

    private static string Clock(DateTime local) => local.ToString("HH:mm", CultureInfo.InvariantCulture);

    private void Lower(BudgetGroup group, Dictionary<string, Power> limits)
    {
        if (onBattery.TryGetValue(group.Name, out var limit))
            limits[group.Name] = Power.Min(limit, limits.GetValueOrDefault(group.Name, group.Limit));
        foreach (var child in group.Groups)
            Lower(child, limits);
    }

    private static BudgetGroup With(BudgetGroup group, Dictionary<string, Power> limits) => group with
    {
        Limit = limits.GetValueOrDefault(group.Name, group.Limit),
        Groups = [.. group.Groups.Select(child => With(child, limits))],
    };

    private DateTimeOffset? ChangesAt(DateTimeOffset wall, ImmutableArray<BudgetOverride> overrides)
    {
        DateTimeOffset? next = null;
        foreach (var one in overrides)
        {
            if (one.Until is { } until)
                next = Sooner(next, until, wall);
        }
        var today = DateOnly.FromDateTime(wall.DateTime);
        foreach (var schedule in schedules)
        {
            for (var day = -1; day <= DaysAhead; day++)
            {
                if (schedule.WindowOf(today.AddDays(day)) is not { } window)
                    continue;
                next = Sooner(next, new DateTimeOffset(window.Start, wall.Offset), wall);
                next = Sooner(next, new DateTimeOffset(window.End, wall.Offset), wall);
            }
        }
        return next;
    }

    private static DateTimeOffset? Sooner(DateTimeOffset? known, DateTimeOffset other, DateTimeOffset after) =>
        other > after && (known is null || other < known) ? other : known;
}

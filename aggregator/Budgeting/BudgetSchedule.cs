using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>Other limits at certain hours: <c>peak</c>, weekdays, 17:00 to 20:00, 80 W for the fleet.</summary>
/// <param name="Days">On which it begins; empty means every day. One that goes over midnight belongs to the day on which it began.</param>
/// <param name="From">Local wall clock.</param>
/// <param name="To">Local wall clock, not included; at or before <paramref name="From"/> it is of the next day, so that equal times mean a whole day.</param>
/// <param name="Limits">Group name → its limit.</param>
internal sealed record BudgetSchedule(string Name, ImmutableArray<DayOfWeek> Days, TimeOnly From, TimeOnly To, ImmutableSortedDictionary<string, Power> Limits)
{
    /// <summary>The window that begins on a day; null when none does.</summary>
    public (DateTime Start, DateTime End)? WindowOf(DateOnly day)
    {
        if (!Days.IsEmpty && !Days.Contains(day.DayOfWeek))
            return null;
        return (day.ToDateTime(From), (To <= From ? day.AddDays(1) : day).ToDateTime(To));
    }

    /// <summary>The window that holds a local time; null when none does.</summary>
    public (DateTime Start, DateTime End)? WindowAt(DateTime local)
    {
        var today = DateOnly.FromDateTime(local);
        // Yesterday's may still last; where they touch, the newer one says when it ends.
        for (var back = 0; back <= 1; back++)
        {
            if (WindowOf(today.AddDays(-back)) is { } window && window.Start <= local && local < window.End)
                return window;
        }
        return null;
    }
}

/// <summary>The operator's word for a time: <c>budget set 80 --for 2h</c>. It goes before schedules, up or down.</summary>
/// <param name="Until">Null: until it is taken back.</param>
internal sealed record BudgetOverride(string Group, Power Limit, DateTimeOffset? Until);

/// <summary>What is in force at a moment.</summary>
/// <param name="ChangesAt">When it next changes by the clock; null when it does not. Offsets move with daylight saving, so it is to be asked for anew at least each minute.</param>
/// <param name="Reason">One line for people; empty when nothing but the usual budget is in force.</param>
internal sealed record EffectiveBudget(ControlPolicy Policy, DateTimeOffset? ChangesAt, string Reason);

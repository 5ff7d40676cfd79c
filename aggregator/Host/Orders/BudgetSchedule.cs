using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Orders;

/// <summary>Another fleet budget for some hours of some days, by the local wall clock. A window that ends at or before its
/// start ends on the next day, and belongs to the day that it starts on.</summary>
internal sealed record BudgetSchedule(string Name, ImmutableArray<DayOfWeek> Days, TimeOnly From, TimeOnly To, Power Limit)
{
    /// <summary>Midnight to midnight is the whole day.</summary>
    public bool Covers(DateTimeOffset local)
    {
        var (now, day) = (TimeOnly.FromTimeSpan(local.TimeOfDay), local.DayOfWeek);
        if (From < To)
            return Days.Contains(day) && now >= From && now < To;
        var yesterday = (DayOfWeek)(((int)day + 6) % 7);
        return (Days.Contains(day) && now >= From) || (Days.Contains(yesterday) && now < To);
    }
}

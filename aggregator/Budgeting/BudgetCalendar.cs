namespace Homelab.Aggregator.Budgeting;

/// <summary>Which budget is in force when: schedules, temporary overrides and the on-battery profile, resolved into one policy.</summary>
internal sealed class BudgetCalendar;

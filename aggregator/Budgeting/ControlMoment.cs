namespace Homelab.Aggregator.Budgeting;

/// <summary>Now, as data: the caller owns the clocks.</summary>
/// <param name="Monotonic">Since the aggregator started; never goes back. Leases and holds are counted by it.</param>
/// <param name="Wall">Local wall clock; schedules and the decision log use it, nothing else does.</param>
internal readonly record struct ControlMoment(TimeSpan Monotonic, DateTimeOffset Wall);

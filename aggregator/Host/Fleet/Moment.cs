namespace Homelab.Aggregator.Fleet;

/// <summary>One instant on the aggregator's two clocks. Arithmetic uses <see cref="Monotonic"/> only, so a clock jump changes nothing.</summary>
/// <param name="Wall">For people and timestamps.</param>
/// <param name="Monotonic">Since an arbitrary start.</param>
internal readonly record struct Moment(DateTimeOffset Wall, TimeSpan Monotonic)
{
    public static Moment Of(TimeProvider time) => new(time.GetUtcNow(), time.GetElapsedTime(0));

    /// <summary>Time passed since an earlier moment; never negative.</summary>
    public TimeSpan Since(Moment earlier) =>
        Monotonic > earlier.Monotonic ? Monotonic - earlier.Monotonic : TimeSpan.Zero;
}

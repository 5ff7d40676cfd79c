namespace Homelab.Aggregator.Tests.Fakes;

/// <summary>The bound on every wait in a test: long enough for a busy machine, short enough to end a hung suite.</summary>
internal static class Patience
{
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    public static Task<T> InTime<T>(this Task<T> task) => task.WaitAsync(Bound);

    public static Task InTime(this Task task) => task.WaitAsync(Bound);

    public static Task<T> InTime<T>(this ValueTask<T> task) => task.AsTask().WaitAsync(Bound);

    public static Task InTime(this ValueTask task) => task.AsTask().WaitAsync(Bound);
}

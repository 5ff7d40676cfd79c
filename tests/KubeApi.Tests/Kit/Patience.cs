namespace Homelab.Aggregator.KubeApi.Tests;

/// <summary>Bounds for tests that would otherwise hang. Nothing waits this long in a test that passes.</summary>
internal static class Patience
{
    public static readonly TimeSpan Long = TimeSpan.FromSeconds(20);

    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(Long, TimeProvider.System);

    public static Task Soon(this Task task) => task.WaitAsync(Long, TimeProvider.System);

    /// <summary>Waits for something that no signal announces, such as a timer being set.</summary>
    public static async Task UntilAsync(Func<bool> reached)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!reached())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Long, "waited in vain");
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
    }
}

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

    /// <summary>Moves the clock in small steps, each once the code under test waits on it, until the task ends.</summary>
    public static async Task<T> DriveAsync<T>(this TestKit.ManualClock clock, Task<T> task, TimeSpan step)
    {
        await DriveAsync(clock, () => task.IsCompleted, step);
        return await task;
    }

    public static async Task DriveAsync(this TestKit.ManualClock clock, Func<bool> reached, TimeSpan step)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!reached())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Long, "waited in vain");
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System);
            if (!reached())
                clock.Advance(step);
        }
    }
}

namespace Homelab.Aggregator.Kubernetes.Tests;

/// <summary>Bounds for tests that would otherwise hang. Nothing waits this long in a test that passes.</summary>
internal static class Patience
{
    public static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    /// <summary>Waits for what no signal announces; between two looks, <paramref name="meanwhile"/>.</summary>
    public static async Task UntilAsync(Func<bool> reached, Action? meanwhile = null)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!reached())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Long, "waited in vain");
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
            meanwhile?.Invoke();
        }
    }
}

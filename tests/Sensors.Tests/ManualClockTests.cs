using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests;

public sealed class ManualClockTests
{
    [Fact]
    public void Advance_OverTimers_FiresThemInDueOrderAtTheirMoment()
    {
        var clock = new ManualClock();
        var fired = new List<(string, long)>();
        using var late = clock.CreateTimer(_ => fired.Add(("late", clock.GetTimestamp())), null, TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);
        using var each = clock.CreateTimer(_ => fired.Add(("each", clock.GetTimestamp())), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));

        clock.Advance(TimeSpan.FromSeconds(4));

        Assert.Equal([("each", TimeSpan.TicksPerSecond), ("late", 3 * TimeSpan.TicksPerSecond), ("each", 3 * TimeSpan.TicksPerSecond)], fired);
        Assert.Equal(TimeSpan.FromSeconds(4), clock.GetElapsedTime(0));
        Assert.Equal(1, clock.PendingTimers);
    }

    [Fact]
    public async Task Advance_PastADelay_CompletesIt()
    {
        var clock = new ManualClock();
        var delay = Task.Delay(TimeSpan.FromSeconds(5), clock);
        clock.Advance(TimeSpan.FromSeconds(4));
        Assert.False(delay.IsCompleted);

        clock.Advance(TimeSpan.FromSeconds(1));

        await delay.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void JumpWall_Back_LeavesTimestampsAlone()
    {
        var clock = new ManualClock();
        var before = clock.GetUtcNow();

        clock.JumpWall(TimeSpan.FromHours(-1));

        Assert.Equal(before.AddHours(-1), clock.GetUtcNow());
        Assert.Equal(0, clock.GetTimestamp());
    }
}

using Homelab.NodeAgent.Sampling;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Tests.Sampling;

public sealed class BellTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualClock _time = new();
    private readonly Bell _bell;

    public BellTests() => _bell = new Bell(_time);

    public void Dispose() => _bell.Dispose();

    [Fact]
    public async Task Wait_RungBefore_IsOverAtOnceAndOnlyOnce()
    {
        _bell.Ring();
        _bell.Ring();

        Assert.True(await _bell.WaitAsync(CancellationToken.None));

        var second = _bell.WaitAsync(CancellationToken.None).AsTask();
        Assert.False(second.IsCompleted);
        _bell.Ring();
        Assert.True(await second);
    }

    [Fact]
    public async Task Wait_Hushed_ForgetsTheRing()
    {
        _bell.Ring();
        _bell.Hush();

        var wait = _bell.WaitAsync(CancellationToken.None).AsTask();

        Assert.False(wait.IsCompleted);
        _bell.Ring();
        await wait;
    }

    [Fact]
    public async Task Wait_Cancelled_EndsAndTheNextOneHears()
    {
        using var cancel = new CancellationTokenSource();
        var wait = _bell.WaitAsync(cancel.Token).AsTask();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _bell.WaitAsync(cancel.Token));
        _bell.Ring();
        Assert.True(await _bell.WaitAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Wait_NoRingWithinTheLimit_IsFalse()
    {
        var wait = _bell.WaitAsync(Second).AsTask();

        _time.Advance(Second);

        Assert.False(await wait);
    }

    [Fact]
    public async Task Wait_RungWithinTheLimit_LeavesNoTimerForTheNext()
    {
        var first = _bell.WaitAsync(Second).AsTask();
        _bell.Ring();
        Assert.True(await first);
        Assert.Equal(0, _time.PendingTimers);

        var second = _bell.WaitAsync(Second).AsTask();
        _time.Advance(Second / 2);
        Assert.False(second.IsCompleted);
        _time.Advance(Second / 2);

        Assert.False(await second);
    }
}

namespace Homelab.NodeAgent.Sensors.Tests;

public sealed class LookThreadTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    private readonly ManualResetEventSlim _release = new();

    public void Dispose()
    {
        _release.Set();
        _release.Dispose();
    }

    [Fact]
    public void End_LookThatThrew_IsDoneAndItsFailureIsHandedOverOnce()
    {
        var looks = 0;
        var thread = new LookThread("test", () => throw new InvalidOperationException($"look {++looks}"));

        Assert.True(Look(thread, Long));
        Assert.Equal("look 1", thread.TakeFailure()?.Message);
        Assert.Null(thread.TakeFailure());

        // It outlives what it threw.
        Assert.True(Look(thread, Long));
        Assert.Equal("look 2", thread.TakeFailure()?.Message);
        thread.Leave();
    }

    [Fact]
    public async Task TryClaim_EarlierLookHangs_IsRefusedAndNotWaitedForAgain()
    {
        var looks = 0;
        var thread = new LookThread("test", () =>
        {
            Interlocked.Increment(ref looks);
            _release.Wait();
        });

        Assert.False(Look(thread, TimeSpan.FromMilliseconds(1)));
        Assert.False(thread.TryClaim());
        Assert.False(thread.End(Long));
        Assert.True(thread.IsBusy);
        Assert.Equal(1, Volatile.Read(ref looks));

        _release.Set();
        await Task.Run(() =>
        {
            while (!thread.TryClaim())
                Thread.Yield();
        }).WaitAsync(Long);
        thread.Go();
        Assert.True(thread.End(Long));
        Assert.Equal(2, Volatile.Read(ref looks));
        thread.Leave();
    }

    [Fact]
    public void Leave_Idle_EndsTheThread()
    {
        Thread? worker = null;
        var thread = new LookThread("test", () => worker = Thread.CurrentThread);
        Assert.True(Look(thread, Long));

        thread.Leave();

        Assert.True(worker!.Join(Long));
    }

    private static bool Look(LookThread thread, TimeSpan patience)
    {
        if (thread.TryClaim())
            thread.Go();
        return thread.End(patience);
    }
}

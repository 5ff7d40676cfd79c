using Homelab.NodeAgent.Enforcement;

namespace Homelab.NodeAgent.Tests.Enforcement;

public sealed class DeadlineWorkerTests
{
    [Fact]
    public async Task Run_ACallThatHangs_IsLeftToItselfAndNothingIsAskedBesides()
    {
        using var worker = new DeadlineWorker("test", TimeProvider.System);
        using var hang = new ManualResetEventSlim();
        Assert.False(await worker.RunAsync(() => hang.Wait(), TimeSpan.FromMilliseconds(20)));
        Assert.True(worker.IsBusy);
        Assert.False(await worker.RunAsync(() => Assert.Fail("beside a call that hangs"), TimeSpan.FromMilliseconds(20)));
        hang.Set();
        await Eventually.TrueAsync(() => !worker.IsBusy);
        Assert.True(await worker.RunAsync(() => { }, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task Run_ACallThatThrows_IsNamedAndTheThreadGoesOn()
    {
        using var worker = new DeadlineWorker("test", TimeProvider.System);
        Assert.True(await worker.RunAsync(() => throw new InvalidOperationException("broken"), TimeSpan.FromSeconds(30)));
        Assert.Equal("InvalidOperationException: broken", worker.Failure);
        Assert.True(await worker.RunAsync(() => { }, TimeSpan.FromSeconds(30)));
        Assert.Null(worker.Failure);
    }

    [Fact]
    public async Task Run_AfterDispose_DoesNothing()
    {
        var worker = new DeadlineWorker("test", TimeProvider.System);
        worker.Dispose();
        Assert.False(await worker.RunAsync(() => Assert.Fail("after the end"), TimeSpan.FromSeconds(1)));
    }
}

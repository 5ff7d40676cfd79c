using Homelab.NodeAgent.Cli;
using Homelab.NodeAgent.Sampling;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Tests.Cli;

public sealed class RunCommandTests
{
    private readonly MonotonicClock _clock = new(new ManualClock());
    private readonly ListLog _log = new();

    [Fact]
    public async Task AwaitEnd_OneLoopFails_EndsTheOtherAndTheProcess()
    {
        using var ending = new CancellationTokenSource();
        var healthy = UntilCancelled(ending.Token);

        var code = await RunCommand.AwaitEndAsync([healthy, Task.FromException(new InvalidOperationException("boom"))], ending, _clock, _log).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(ExitCode.Failure, code);
        Assert.True(healthy.IsCompletedSuccessfully);
        Assert.Contains(_log.Lines, line => line.Contains("a loop ended unexpectedly", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AwaitEnd_OneLoopEndsUnasked_IsAFailureToo()
    {
        using var ending = new CancellationTokenSource();

        var code = await RunCommand.AwaitEndAsync([UntilCancelled(ending.Token), Task.CompletedTask], ending, _clock, _log).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(ExitCode.Failure, code);
    }

    [Fact]
    public async Task AwaitEnd_Signal_EndsBothWell()
    {
        using var ending = new CancellationTokenSource();
        var end = RunCommand.AwaitEndAsync([UntilCancelled(ending.Token), UntilCancelled(ending.Token)], ending, _clock, _log);
        Assert.False(end.IsCompleted);
        await ending.CancelAsync();

        Assert.Equal(ExitCode.Ok, await end.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    private static Task UntilCancelled(CancellationToken stop)
    {
        var ended = new TaskCompletionSource();
        stop.Register(ended.SetResult);
        return ended.Task;
    }
}

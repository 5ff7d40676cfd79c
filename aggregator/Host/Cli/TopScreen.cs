using System.Runtime.InteropServices;

namespace Homelab.Aggregator.Cli;

/// <summary><c>top</c>: the status, once a second, on a screen of its own; on a pipe one line each time.</summary>
internal sealed class TopScreen(FleetClient client, TextWriter output, TextWriter errors, TerminalStyle style, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan KeyInterval = TimeSpan.FromMilliseconds(100);

    public async Task<int> RunAsync(CancellationToken cancelled)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        // Whoever ends this gets the terminal back as it was.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, End);
        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }

        var isScreen = !Console.IsOutputRedirected && !Console.IsInputRedirected;
        if (isScreen)
            await output.WriteAsync(TopPicture.Enter);
        try
        {
            return isScreen ? await FollowAsync(ShowScreenAsync, WaitForKeyAsync, stop.Token) : await FollowAsync(ShowLineAsync, WaitAsync, stop.Token);
        }
        catch (OperationCanceledException)
        {
            return isScreen ? ExitCode.Ok : ExitCode.Interrupted;
        }
        finally
        {
            if (isScreen)
                await output.WriteAsync(TopPicture.Leave);
            await output.FlushAsync(CancellationToken.None);
        }
    }

    private static async Task<int> FollowAsync(Func<CancellationToken, Task<int>> show, Func<CancellationToken, Task<bool>> wait, CancellationToken cancelled)
    {
        while (true)
        {
            var exit = await show(cancelled);
            if (exit != ExitCode.Ok || !await wait(cancelled))
                return exit;
        }
    }

    /// <summary>An aggregator that went away is shown, and asked again.</summary>
    private async Task<int> ShowScreenAsync(CancellationToken cancelled)
    {
        var answer = await client.FleetAsync(cancelled);
        var height = Console.WindowHeight;
        var picture = answer.Document is { } fleet ? TopPicture.Of(fleet, style, height) : answer.Complaint;
        await output.WriteAsync(TopPicture.Drawn(picture, height));
        await output.FlushAsync(cancelled);
        return ExitCode.Ok;
    }

    private async Task<int> ShowLineAsync(CancellationToken cancelled)
    {
        var answer = await client.FleetAsync(cancelled);
        if (answer.Document is not { } fleet)
        {
            await errors.WriteLineAsync(answer.Complaint);
            return answer.Exit;
        }
        await output.WriteLineAsync(FleetView.Line(fleet));
        await output.FlushAsync(cancelled);
        return ExitCode.Ok;
    }

    private async Task<bool> WaitAsync(CancellationToken cancelled)
    {
        await Task.Delay(Interval, time, cancelled);
        return true;
    }

    /// <summary>False once q was pressed.</summary>
    private async Task<bool> WaitForKeyAsync(CancellationToken cancelled)
    {
        for (var waited = TimeSpan.Zero; waited < Interval; waited += KeyInterval)
        {
            while (Console.KeyAvailable)
            {
                if (Console.ReadKey(intercept: true).KeyChar is 'q' or 'Q')
                    return false;
            }
            await Task.Delay(KeyInterval, time, cancelled);
        }
        return true;
    }
}

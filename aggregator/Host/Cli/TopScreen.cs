namespace Homelab.Aggregator.Cli;

/// <summary><c>top</c>: the status, once a second, on a screen of its own; on a pipe one line each time.</summary>
internal sealed class TopScreen(FleetClient client, TextWriter output, TextWriter errors, TerminalStyle style, TimeProvider time)
{
    private const string Enter = "\u001b[?1049h\u001b[?25l";
    private const string Leave = "\u001b[?25h\u001b[?1049l";
    private const string Home = "\u001b[H";
    private const string EraseLine = "\u001b[K";
    private const string EraseBelow = "\u001b[J";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan KeyInterval = TimeSpan.FromMilliseconds(100);

    public async Task<int> RunAsync(CancellationToken cancelled)
    {
        var isScreen = !Console.IsOutputRedirected && !Console.IsInputRedirected;
        if (isScreen)
            await output.WriteAsync(Enter);
        try
        {
            return isScreen ? await FollowAsync(ShowScreenAsync, WaitForKeyAsync, cancelled) : await FollowAsync(ShowLineAsync, WaitAsync, cancelled);
        }
        catch (OperationCanceledException)
        {
            return isScreen ? ExitCode.Ok : ExitCode.Interrupted;
        }
        finally
        {
            if (isScreen)
                await output.WriteAsync(Leave);
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

    /// <summary>Draws over the last picture, so that nothing flickers. An aggregator that went away is shown, and asked again.</summary>
    private async Task<int> ShowScreenAsync(CancellationToken cancelled)
    {
        var answer = await client.FleetAsync(cancelled);
        var picture = answer.Document is { } fleet ? FleetView.Status(fleet, style) + "\n" + style.Dim("q quits") : answer.Complaint;
        await output.WriteAsync(Home + picture.Replace("\n", EraseLine + "\n", StringComparison.Ordinal) + EraseLine + EraseBelow);
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

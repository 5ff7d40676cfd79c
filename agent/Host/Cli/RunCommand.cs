using System.Security.Cryptography;
using Homelab.NodeAgent.Actuators;
using Homelab.NodeAgent.Configuration;
using Homelab.NodeAgent.Diagnostics;
using Homelab.NodeAgent.Enforcement;
using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Uplink;
using Microsoft.Extensions.Logging;

namespace Homelab.NodeAgent.Cli;

/// <summary><c>run</c>: samples and reports until a signal says stop.</summary>
internal static class RunCommand
{
    /// <summary>A source that hangs in the kernel must not hold the stop up.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan OpenLimit = TimeSpan.FromSeconds(5);

    /// <param name="config">Free of errors.</param>
    /// <param name="parts">Puts the loops together.</param>
    /// <param name="notifier">The service manager.</param>
    /// <param name="clock">The agent's monotonic clock.</param>
    /// <param name="terminal">For what is wrong before there is anything to log.</param>
    /// <param name="log">Everything else.</param>
    /// <param name="stop">Cancelled by SIGTERM and SIGINT.</param>
    public static async Task<int> RunAsync(
        AgentConfig config, Composition parts, SystemdNotifier notifier, MonotonicClock clock, Terminal terminal, ILogger log, CancellationToken stop)
    {
        var options = config.Options;
        if (options.Aggregators.Count == 0)
        {
            ConfigCommand.Report([new ConfigProblem(Origin.Default, "aggregator", "is not set, and 'run' needs one", "aggregator: https://hub.lan:8766, or --aggregator URL")], terminal);
            if (options.Enforces)
                await HoldAsync(parts, clock).ConfigureAwait(false);
            return ExitCode.Usage;
        }
        foreach (var problem in config.Problems)
            Log.ConfigWarning(log, problem.ToString());
        try
        {
            using var dialer = parts.Dialer();
            var (desk, file) = await CalibrationAsync(parts, clock).ConfigureAwait(false);
            using var sampler = parts.Sampler(rawCounters: false, desk, options.Attributes);
            // Neither loop ends by itself: when one does, the other must not live on half an agent.
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
            using var pages = new StartPages(clock.Time);
            var store = new SnapshotStore();
            using var caps = await OpenCapsAsync(parts, store, clock).ConfigureAwait(false);
            IWatchdog watchdog = caps.Loop is { } watched ? new LoopWatchdog(notifier, watched) : notifier;
            // The uplink outlives enforcement, which has a last word to say, and nothing else.
            using var hangingUp = new CancellationTokenSource();
            var enforcing = Task.Run(() => EnforceAsync(caps, hangingUp, ending.Token), CancellationToken.None);
            // The uplink before the sampling: it connects while the sampling loop makes its first pass.
            UplinkLoop? link = null;
            var uplink = Task.Run(() => (link = parts.Uplink(dialer, store, caps.Board)).RunAsync(hangingUp.Token), CancellationToken.None);
            var sampling = Task.Run(() => new SamplingLoop(sampler, store, options.SampleInterval, watchdog, clock, log, parts.Self).RunAsync(ending.Token), CancellationToken.None);
            if (file is not null)
                _ = Task.Run(() => new CalibrationLoop(desk, file, clock.Time, log).RunAsync(ending.Token), CancellationToken.None);
            var lamping = Task.Run(() => LightAsync(parts, () => link?.IsConnected == true, store, ending.Token), CancellationToken.None);
            var machine = parts.Machine;
            Log.Started(log, AgentVersion.Number, options.Node.Value, machine.Board, machine.Processor, machine.Kernel);
            return await AwaitEndAsync([enforcing, uplink, sampling, lamping], ending, clock, log).ConfigureAwait(false);
        }
        catch (CryptographicException error)
        {
            terminal.Error.WriteLine("error: tls: " + error.Message);
            if (options.Enforces)
                await HoldAsync(parts, clock).ConfigureAwait(false);
            return ExitCode.Usage;
        }
    }

    /// <summary>An agent that can not run must not leave its node at a cap that nobody counts on any more: it starts, holds as after any start, and stops unheard.</summary>
    public static async Task HoldAsync(Composition parts, MonotonicClock clock)
    {
        using var caps = await OpenCapsAsync(parts, new SnapshotStore(), clock).ConfigureAwait(false);
        if (caps.Loop is { } loop)
            await loop.RunAsync(caps.IsCrashed, new CancellationToken(canceled: true)).ConfigureAwait(false);
    }

    /// <summary>A driver or a disk that hangs must not keep the agent from sampling: then it only observes.</summary>
    private static async Task<CapControl> OpenCapsAsync(Composition parts, SnapshotStore store, MonotonicClock clock)
    {
        var opening = Task.Run(() => parts.Caps(store));
        try
        {
            return await opening.WaitAsync(OpenLimit, clock.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return CapControl.Absent("the search for limiters does not end: a driver or the state folder's disk hangs; mend it and restart the agent");
        }
    }

    /// <summary>A disk that hangs must not keep the agent from sampling: then nothing is remembered.</summary>
    private static async Task<(CalibrationDesk Desk, SealedFile? File)> CalibrationAsync(Composition parts, MonotonicClock clock)
    {
        try
        {
            return await Task.Run(parts.Calibration).WaitAsync(OpenLimit, clock.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return (new CalibrationDesk(new Calibration(parts.Model)), null);
        }
    }

    /// <summary>Like every loop it ends when asked to and not before, lamp or none; dark then.</summary>
    private static async Task LightAsync(Composition parts, Func<bool> isConnected, SnapshotStore store, CancellationToken cancellation)
    {
        using var line = parts.StatusLine();
        if (line is not null)
            await parts.Lamp(line, isConnected, store).RunAsync(cancellation).ConfigureAwait(false);
        else
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static async Task EnforceAsync(CapControl caps, CancellationTokenSource hangingUp, CancellationToken cancellation)
    {
        try
        {
            if (caps.Loop is { } loop)
                await loop.RunAsync(caps.IsCrashed, cancellation).ConfigureAwait(false);
            else
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }
        finally
        {
            await hangingUp.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Waits for the signal, or for the first loop to end, then for the rest of them: at most <see cref="StopLimit"/>.</summary>
    internal static async Task<int> AwaitEndAsync(Task[] loops, CancellationTokenSource ending, MonotonicClock clock, ILogger log)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = ending.Token.Register(() => stopped.TrySetResult()).ConfigureAwait(false);
        await Task.WhenAny([.. loops, stopped.Task]).ConfigureAwait(false);
        var wasAsked = ending.IsCancellationRequested;
        await ending.CancelAsync().ConfigureAwait(false);
        try
        {
            await Task.WhenAll(loops).WaitAsync(StopLimit, clock.Time, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Log.StopWasCutShort(log, StopLimit.TotalSeconds);
        }
        catch (Exception error)
        {
            Log.PartFailed(log, "a loop", error);
            return ExitCode.Failure;
        }
        return wasAsked ? ExitCode.Ok : ExitCode.Failure;
    }
}

using Homelab.NodeAgent.Diagnostics;
using Homelab.NodeAgent.Enforcement;
using Homelab.NodeAgent.Sampling;
using Microsoft.Extensions.Logging;

namespace Homelab.NodeAgent.Uplink;

/// <summary>Keeps one stream to the aggregator, for as long as the agent lives. Owns the time of dialling.</summary>
/// <remarks>Nothing is buffered while the aggregator is away: energy travels as counters, so the first report after a gap holds all of it.</remarks>
/// <param name="dialer">Opens streams.</param>
/// <param name="identity">Who the agent says it is.</param>
/// <param name="store">Where samples appear.</param>
/// <param name="board">Where grants go, and what becomes of them appears.</param>
/// <param name="options">Intervals and deadlines.</param>
/// <param name="clock">The agent's monotonic clock.</param>
/// <param name="random">0 up to but not including 1, for the spread of back-off.</param>
/// <param name="log">Hears of changes of state.</param>
internal sealed class UplinkLoop(
    IAggregatorDialer dialer, NodeIdentity identity, SnapshotStore store, CapBoard board, UplinkOptions options, MonotonicClock clock, Func<double> random, ILogger log)
{
    private uint _inventories;
    private bool? _toldRefusal;
    private bool _wasAcknowledged;
    private volatile bool _isConnected;

    /// <summary>True while a stream is open whose aggregator has taken the agent in. Any thread.</summary>
    public bool IsConnected => _isConnected;

    /// <summary>Runs until cancelled; then returns normally.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var failures = 0;
        while (!cancellation.IsCancellationRequested)
        {
            var end = await RunSessionAsync(cancellation).ConfigureAwait(false);
            if (cancellation.IsCancellationRequested)
                return;
            if (end.WasWelcomed)
                failures = 0;
            Tell(end);
            await PauseAsync(dialer.TurnAway(end.WasWelcomed) ? BackOff.Elsewhere(random()) : Wait(failures++, end), cancellation).ConfigureAwait(false);
        }
    }

    private TimeSpan Wait(int failures, SessionEnd end)
    {
        var wait = BackOff.Delay(failures, random());
        return end.RetryAfter > wait ? end.RetryAfter.Value + (wait - BackOff.Least) : wait;
    }

    private async Task<SessionEnd> RunSessionAsync(CancellationToken cancellation)
    {
        using var session = new UplinkSession(identity, store, board, options, clock, log, NextInventory);
        session.Welcomed += interval =>
        {
            _toldRefusal = null;
            _isConnected = true;
            Log.Connected(log, dialer.Address, Configuration.Words.Of(interval));
        };
        session.Acknowledged += () =>
        {
            if (!_wasAcknowledged)
                Log.FirstAcknowledged(log, (long)clock.Now.TotalMilliseconds);
            _wasAcknowledged = true;
        };
        try
        {
            return await session.RunAsync(dialer, cancellation).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // Expected ends are values; anything else is a defect, and must not stop the sampling beside it.
            Log.PartFailed(log, "a session with the aggregator", error);
            return new SessionEnd("unexpected failure", false, false, null);
        }
        finally
        {
            _isConnected = false;
        }
    }

    private uint NextInventory() => ++_inventories;

    /// <summary>One line when the connection is lost, can not be had or is refused, and silence until that changes.</summary>
    private void Tell(SessionEnd end)
    {
        if (_toldRefusal == end.IsRefusal)
            return;
        _toldRefusal = end.IsRefusal;
        if (end.IsRefusal)
            Log.Refused(log, end.Reason);
        else
            Log.Disconnected(log, dialer.Address, end.Reason);
    }

    private async Task PauseAsync(TimeSpan wait, CancellationToken cancellation)
    {
        try
        {
            await Task.Delay(wait, clock.Time, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
        }
    }
}

using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Homelab.NodeAgent.Sampling;
using Microsoft.Extensions.Logging;

namespace Homelab.NodeAgent.Diagnostics;

/// <summary>Tells the service manager how the agent is, straight to its datagram socket. Does nothing where there is none.</summary>
/// <remarks>Source: sd_notify(3), sd_watchdog_enabled(3). Called by the sampling loop and, at the end, by the thread that stops.</remarks>
internal sealed class SystemdNotifier : IWatchdog, IDisposable
{
    private static readonly TimeSpan StatusPace = TimeSpan.FromSeconds(10);

    private readonly Socket? _socket;
    private readonly MonotonicClock _clock;
    private readonly ILogger _log;
    private TimeSpan? _fedAt;
    private TimeSpan? _statusAt;
    private bool _isReady;
    private bool _hasFailed;

    /// <param name="environment">NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID are looked at.</param>
    /// <param name="processId">Of this process; a watchdog meant for another one is not fed.</param>
    /// <param name="clock">The agent's monotonic clock.</param>
    /// <param name="log">Hears once when the socket fails.</param>
    public SystemdNotifier(IReadOnlyDictionary<string, string> environment, int processId, MonotonicClock clock, ILogger log)
    {
        (_clock, _log) = (clock, log);
        Pace = WatchdogPace(environment, processId);
        var path = environment.GetValueOrDefault("NOTIFY_SOCKET");
        if (!string.IsNullOrEmpty(path) && path[0] is '/' or '@')
            _socket = Connect(path);
    }

    /// <summary>Half of the watchdog's time, as sd_watchdog_enabled(3) advises; null when there is no watchdog.</summary>
    public TimeSpan? Pace { get; }

    /// <summary>The first call with a sample says READY; later ones feed the watchdog, and the status line now and then.</summary>
    public void Feed(NodeSample? sample)
    {
        if (_socket is null)
            return;
        var now = _clock.Now;
        var message = "";
        if (sample is not null && !_isReady)
        {
            _isReady = true;
            message += "READY=1\n";
        }
        if (Pace is { } pace && (_fedAt is null || now - _fedAt >= pace / 2))
        {
            _fedAt = now;
            message += "WATCHDOG=1\n";
        }
        if (sample is not null && (_statusAt is null || now - _statusAt >= StatusPace))
        {
            _statusAt = now;
            message += $"STATUS={Status(sample)}\n";
        }
        if (message.Length > 0)
            Send(message);
    }

    /// <summary>Says that the agent is on its way out.</summary>
    public void Stopping() => Send("STOPPING=1\n");

    public void Dispose() => _socket?.Dispose();

    private static string Status(NodeSample sample) => sample.Power.Watts is { } watts
        ? string.Create(CultureInfo.InvariantCulture,
            $"{watts.Watts:0.0} W {sample.Power.Provenance.ToString().ToLowerInvariant()} ({sample.Power.Source}), {sample.Readings.Length} sensors")
        : string.Create(CultureInfo.InvariantCulture, $"power unknown, {sample.Readings.Length} sensors");

    private static TimeSpan? WatchdogPace(IReadOnlyDictionary<string, string> environment, int processId)
    {
        if (!long.TryParse(environment.GetValueOrDefault("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds)
            || microseconds <= 0)
            return null;
        var owner = environment.GetValueOrDefault("WATCHDOG_PID");
        return string.IsNullOrEmpty(owner) || owner == processId.ToString(CultureInfo.InvariantCulture)
            ? TimeSpan.FromMicroseconds(microseconds) / 2
            : null;
    }

    private Socket? Connect(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            // '@' stands for the zero byte that begins an abstract address.
            socket.Connect(new UnixDomainSocketEndPoint(path[0] == '@' ? "\0" + path[1..] : path));
            // The manager may be slow; the sampling loop must not wait for it.
            socket.Blocking = false;
            return socket;
        }
        catch (Exception error) when (error is SocketException or ArgumentException)
        {
            socket.Dispose();
            Log.NotifyFailed(_log, error.Message);
            return null;
        }
    }

    private void Send(string message)
    {
        if (_socket is null)
            return;
        try
        {
            _socket.Send(Encoding.UTF8.GetBytes(message));
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            if (!_hasFailed)
                Log.NotifyFailed(_log, error.Message);
            _hasFailed = true;
        }
    }
}

using System.Net.Sockets;

namespace Homelab.Aggregator.Diagnostics;

/// <summary>
/// Tells the service manager how we do, by datagrams to the socket it names (sd_notify(3)). Without one, every call is nothing.
/// </summary>
internal sealed class ServiceNotifier : IDisposable
{
    private readonly Socket? _socket;
    private readonly UnixDomainSocketEndPoint? _manager;

    /// <param name="path">Value of NOTIFY_SOCKET; a leading '@' names an abstract socket. Null or empty: no service manager.</param>
    public ServiceNotifier(string? path)
    {
        if (string.IsNullOrEmpty(path))
            return;
        _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
        _manager = new UnixDomainSocketEndPoint(path[0] == '@' ? "\0" + path[1..] : path);
    }

    public void Ready(string status) => Send($"READY=1\nSTATUS={status}");

    /// <summary>Feeds the watchdog (WatchdogSec=).</summary>
    public void Alive() => Send("WATCHDOG=1");

    public void Stopping() => Send("STOPPING=1");

    public void Dispose() => _socket?.Dispose();

    private void Send(string state)
    {
        if (_socket is null || _manager is null)
            return;
        try
        {
            _socket.SendTo(System.Text.Encoding.UTF8.GetBytes(state), _manager);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The manager restarts or does not listen, or we are past our end: nothing to do about it, and never a reason to wait.
        }
    }
}

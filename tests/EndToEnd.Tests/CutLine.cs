using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Homelab.EndToEnd.Tests;

/// <summary>A network cable between one agent and an aggregator: it can be cut, delay what it carries, swallow it, or be plugged in elsewhere.</summary>
/// <remarks>Swallowed bytes wait, as TCP resends them when a path comes back: a partition neither loses nor reorders what a stream carries.</remarks>
internal sealed class CutLine : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly List<(Socket Near, Socket Far)> _open = [];
    private readonly Task _accepting;
    private TaskCompletionSource _through = Passing();
    private int _target;
    private bool _refuses;
    private TimeSpan _delay;

    public CutLine(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where the agent connects to.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Nothing passes either way, nobody is told; connections stay open and new ones are taken.</summary>
    public void Swallow()
    {
        lock (_lock)
            _through = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Everything passes again, after what waited.</summary>
    public void Restore()
    {
        lock (_lock)
            (_refuses, _delay) = (false, TimeSpan.Zero);
        _through.TrySetResult();
    }

    /// <summary>Every byte comes this much later.</summary>
    public void Delay(TimeSpan delay)
    {
        lock (_lock)
            _delay = delay;
    }

    /// <summary>Both ends see the connection break; new ones are refused until <see cref="Restore"/>.</summary>
    public void Cut()
    {
        lock (_lock)
            _refuses = true;
        Break();
    }

    /// <summary>Breaks what is open; new connections lead to another aggregator.</summary>
    public void PlugInto(int target)
    {
        lock (_lock)
            _target = target;
        Break();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        _through.TrySetResult();
        Break();
        await _accepting;
        _stop.Dispose();
    }

    private static TaskCompletionSource Passing()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }

    private void Break()
    {
        (Socket Near, Socket Far)[] open;
        lock (_lock)
        {
            open = [.. _open];
            _open.Clear();
        }
        foreach (var (near, far) in open)
        {
            Reset(near);
            Reset(far);
        }
    }

    // A reset, not a farewell.
    private static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await _listener.AcceptSocketAsync(_stop.Token));
            }
            catch (Exception failure) when (failure is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(Socket near)
    {
        var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        near.NoDelay = true;
        try
        {
            int target;
            lock (_lock)
            {
                target = _refuses ? 0 : _target;
                if (target != 0)
                    _open.Add((near, far));
            }
            if (target == 0)
            {
                Reset(near);
                return;
            }
            // A swallowed greeting reaches nobody either.
            await _through.Task;
            await far.ConnectAsync(IPAddress.Loopback, target, _stop.Token);
            await Task.WhenAny(CarryAsync(near, far), CarryAsync(far, near));
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Either end may go at any time.
        }
        lock (_lock)
            _open.Remove((near, far));
        Reset(near);
        Reset(far);
    }

    private async Task CarryAsync(Socket from, Socket to)
    {
        var waiting = Channel.CreateUnbounded<(TimeSpan Due, byte[] Bytes)>();
        var delivering = DeliverAsync(waiting.Reader, to);
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _stop.Token) is > 0 and var count)
                waiting.Writer.TryWrite((Now + _delay, buffer[..count]));
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // What was received before is still delivered.
        }
        waiting.Writer.Complete();
        await delivering;
    }

    private async Task DeliverAsync(ChannelReader<(TimeSpan Due, byte[] Bytes)> waiting, Socket to)
    {
        try
        {
            await foreach (var (due, bytes) in waiting.ReadAllAsync(_stop.Token))
            {
                if (due - Now is { Ticks: > 0 } left)
                    await Task.Delay(left, TimeProvider.System, _stop.Token);
                await _through.Task;
                await to.SendAsync(bytes, _stop.Token);
            }
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The other end is gone.
        }
    }

    private static TimeSpan Now => TimeProvider.System.GetElapsedTime(0);
}

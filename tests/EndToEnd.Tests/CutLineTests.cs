using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Homelab.EndToEnd.Tests;

/// <summary>The cable that the fault tests pull.</summary>
public sealed class CutLineTests : IAsyncDisposable
{
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private readonly CutLine _line;

    public CutLineTests()
    {
        _server.Start();
        _line = new CutLine(((IPEndPoint)_server.LocalEndpoint).Port);
    }

    public async ValueTask DisposeAsync()
    {
        await _line.DisposeAsync();
        _server.Dispose();
    }

    [Fact]
    public async Task Open_BothWays_CarriesBytes()
    {
        using var client = await ConnectAsync();
        using var server = await _server.AcceptSocketAsync();
        await SendAsync(client, "ping");
        Assert.Equal("ping", await ReceiveAsync(server));
        await SendAsync(server, "pong");
        Assert.Equal("pong", await ReceiveAsync(client));
    }

    [Fact]
    public async Task Swallow_ThenRestore_DeliversWhatWaited()
    {
        using var client = await ConnectAsync();
        using var server = await _server.AcceptSocketAsync();
        _line.Swallow();
        await SendAsync(client, "late");
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        Assert.Equal(0, server.Available);
        _line.Restore();
        Assert.Equal("late", await ReceiveAsync(server));
    }

    [Fact]
    public async Task Cut_BothEnds_SeeTheBreakAndNewOnesAreRefused()
    {
        using var client = await ConnectAsync();
        using var server = await _server.AcceptSocketAsync();
        _line.Cut();
        await Assert.ThrowsAsync<SocketException>(() => ReceiveAsync(client));
        await Assert.ThrowsAsync<SocketException>(() => ReceiveAsync(server));
        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            using var second = await ConnectAsync();
            await ReceiveAsync(second);
        });
        _line.Restore();
        using var third = await ConnectAsync();
        await SendAsync(third, "again");
        using var again = await _server.AcceptSocketAsync();
        Assert.Equal("again", await ReceiveAsync(again));
    }

    [Fact]
    public async Task Delay_OfAMoment_HoldsBytesBack()
    {
        using var client = await ConnectAsync();
        using var server = await _server.AcceptSocketAsync();
        _line.Delay(TimeSpan.FromMilliseconds(200));
        var sent = TimeProvider.System.GetTimestamp();
        await SendAsync(client, "slow");
        Assert.Equal("slow", await ReceiveAsync(server));
        Assert.True(TimeProvider.System.GetElapsedTime(sent) >= TimeSpan.FromMilliseconds(190));
    }

    [Fact]
    public async Task PlugInto_AnotherServer_LeadsThere()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        _line.PlugInto(((IPEndPoint)other.LocalEndpoint).Port);
        using var client = await ConnectAsync();
        using var server = await other.AcceptSocketAsync();
        await SendAsync(client, "hello");
        Assert.Equal("hello", await ReceiveAsync(server));
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, _line.Port);
        return socket;
    }

    private static async Task SendAsync(Socket socket, string text) => await socket.SendAsync(Encoding.ASCII.GetBytes(text));

    private static async Task<string> ReceiveAsync(Socket socket)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var buffer = new byte[64];
        return Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer, patience.Token));
    }
}

using System.Net;
using System.Net.Sockets;
using Homelab.Rpc.Server;

namespace Homelab.Rpc.Tests;

/// <summary>A client that is there but frozen. A real wait of a few seconds: the pings are Kestrel's, whose clock is its own.</summary>
public sealed class KestrelRpcTests
{
    private static readonly byte[] s_preface = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0];

    [Fact]
    public async Task Configure_ClientFreezes_IsPingedAndDropped()
    {
        await using var server = await Loopback.StartAsync(
            map => map.MapRpcUnary(Loopback.Echo, (request, _) => Task.FromResult(request)),
            kestrel: kestrel =>
            {
                // Configured by the product to 10 s + 10 s; only the pace differs here.
                Assert.Equal(TimeSpan.FromSeconds(10), kestrel.Limits.Http2.KeepAlivePingDelay);
                kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(1);
                kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(1);
            });
        using var frozen = new TcpClient();
        await frozen.ConnectAsync(IPAddress.Loopback, server.Address.Port);
        var stream = frozen.GetStream();
        await stream.WriteAsync(s_preface);
        var types = new List<byte>();
        await ReadFrameTypesAsync(stream, types).WaitAsync(Loopback.Limit);
        Assert.Contains((byte)6, types); // PING
    }

    /// <summary>Until the server hangs up.</summary>
    private static async Task ReadFrameTypesAsync(NetworkStream stream, List<byte> types)
    {
        var header = new byte[9];
        try
        {
            while (true)
            {
                await stream.ReadExactlyAsync(header);
                types.Add(header[3]);
                await stream.ReadExactlyAsync(new byte[(header[0] << 16) | (header[1] << 8) | header[2]]);
            }
        }
        catch (IOException)
        {
            // Closed or reset: both are hanging up.
        }
    }
}

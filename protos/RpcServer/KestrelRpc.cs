using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Homelab.Rpc.Server;

/// <summary>Sets Kestrel up for long-lived gRPC streams.</summary>
internal static class KestrelRpc
{
    /// <summary>
    /// Server-wide limits. A peer that is silent for 10 s is probed; one that does not answer within 10 s more is gone.
    /// Per connection at most 512 KiB of unread requests are held.
    /// </summary>
    public static void Configure(KestrelServerOptions server)
    {
        server.AddServerHeader = false;
        // A slow reader is held up by flow control, a dead one ends by the keep-alive; a data rate would end healthy idle streams.
        server.Limits.MinResponseDataRate = null;
        var http2 = server.Limits.Http2;
        http2.KeepAlivePingDelay = TimeSpan.FromSeconds(10);
        http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(10);
        http2.MaxStreamsPerConnection = 1024;
        http2.InitialConnectionWindowSize = 512 * 1024;
        http2.InitialStreamWindowSize = 256 * 1024;
    }

    /// <summary>
    /// One endpoint for gRPC. Without TLS it speaks HTTP/2 only, so HTTP/1 needs another port.
    /// On a slim host TLS also needs <c>UseKestrelHttpsConfiguration()</c>, called outside ConfigureKestrel.
    /// </summary>
    /// <param name="listen">The endpoint.</param>
    /// <param name="tls">Server certificate and how clients prove themselves; null for plaintext.</param>
    public static void Configure(ListenOptions listen, HttpsConnectionAdapterOptions? tls = null)
    {
        listen.Protocols = HttpProtocols.Http2;
        if (tls is not null)
            listen.UseHttps(tls);
    }
}

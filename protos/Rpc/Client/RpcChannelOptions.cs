using System.Net;
using System.Net.Security;

namespace Homelab.Rpc;

/// <summary>Where a channel leads and how it behaves.</summary>
internal sealed record RpcChannelOptions
{
    /// <summary>http://host:port for plaintext HTTP/2, https://host:port for TLS.</summary>
    public required Uri Address { get; init; }

    /// <summary>Which of the host's addresses to dial; null for whichever answers. The peer is still held to the name in <see cref="Address"/>.</summary>
    public IPAddress? Host { get; init; }

    /// <summary>Longest message taken from the peer, in bytes; a longer one ends its call with RESOURCE_EXHAUSTED.</summary>
    public int MaxReceiveBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Silence after which an open call's connection is probed; at least 1 s; infinite turns probing off.</summary>
    public TimeSpan KeepAlivePing { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a probe may stay unanswered before every call of the connection ends with UNAVAILABLE; at least 1 s.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Bound on connecting, TLS included.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Trust and client certificate for https; null means the machine's trust and no client certificate.</summary>
    public SslClientAuthenticationOptions? Tls { get; init; }

    /// <summary>The clock of deadlines.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}

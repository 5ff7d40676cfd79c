using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;

namespace Homelab.Rpc.Server;

/// <summary>What a handler knows of its call. Valid until the handler ends.</summary>
internal sealed class RpcServerContext
{
    private readonly HttpContext _http;
    private readonly CallEnding _ending;
    private RpcMetadata? _requestHeaders;

    internal RpcServerContext(HttpContext http, CallEnding ending, RpcMetadata responseHeaders)
    {
        _http = http;
        _ending = ending;
        ResponseHeaders = responseHeaders;
    }

    /// <summary>What the client sent, without gRPC's and HTTP's own headers.</summary>
    public RpcMetadata RequestHeaders => _requestHeaders ??= ReadHeaders(_http.Request.Headers);

    /// <summary>Leaves with the first write, or the first read of a streaming handler; later additions are lost.</summary>
    public RpcMetadata ResponseHeaders { get; }

    /// <summary>Leaves with the status.</summary>
    public RpcMetadata Trailers { get; } = new();

    /// <summary>The peer went, the deadline passed, or the drain's grace is over: nothing that is written still arrives.</summary>
    public CancellationToken Cancelled => _ending.Cancelled;

    /// <summary>
    /// The server begins to shut down: say goodbye and end within <see cref="RpcServerOptions.Grace"/>. An
    /// <see cref="OperationCanceledException"/> let out from here on becomes UNAVAILABLE.
    /// </summary>
    public CancellationToken Draining => _ending.Draining;

    public EndPoint? Peer => _http.Connection.RemoteIpAddress is { } address
        ? new IPEndPoint(address, _http.Connection.RemotePort)
        : null;

    /// <summary>Already validated by the TLS layer; null without one.</summary>
    public X509Certificate2? ClientCertificate => _http.Connection.ClientCertificate;

    private static RpcMetadata ReadHeaders(IHeaderDictionary headers)
    {
        var metadata = new RpcMetadata();
        foreach (var (name, values) in headers)
            foreach (var value in values)
                metadata.AddFromWire(name, value ?? "");
        return metadata;
    }
}

using System.Net;
using System.Net.Sockets;
using Google.Protobuf;

namespace Homelab.Rpc;

/// <summary>
/// One HTTP/2 connection to one peer, dialled at the first call and again after it broke. Safe for concurrent calls.
/// </summary>
internal sealed class RpcChannel : IDisposable
{
    private readonly RpcChannelOptions _options;
    private readonly HttpMessageInvoker _http;

    public RpcChannel(RpcChannelOptions options)
    {
        _options = options;
        var handler = new SocketsHttpHandler
        {
            // None of the comforts of a browser: each costs memory or changes what a peer sees.
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            MaxResponseHeadersLength = 16,
            ConnectTimeout = options.ConnectTimeout,
            KeepAlivePingDelay = options.KeepAlivePing,
            KeepAlivePingTimeout = options.KeepAliveTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        };
        if (options.Host is { } host)
            handler.ConnectCallback = (context, cancel) => ConnectAsync(new IPEndPoint(host, context.DnsEndPoint.Port), cancel);
        if (options.Tls is { } tls)
            handler.SslOptions = tls;
        _http = new HttpMessageInvoker(handler);
    }

    /// <exception cref="RpcException">Any end but Ok, cancellation by <paramref name="cancel"/> included.</exception>
    public async Task<TResponse> UnaryAsync<TRequest, TResponse>(
        RpcMethod<TRequest, TResponse> method, TRequest request, RpcCallOptions? options = null, CancellationToken cancel = default)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        await using var call = Open(method, options, cancel);
        return await call.SendOneAsync(request);
    }

    /// <summary>
    /// Starts a call of any shape; it fails, when it does, at its first read or write. Dispose it in any case.
    /// <paramref name="cancel"/> ends the whole call with CANCELLED, and the server is told.
    /// </summary>
    public RpcCall<TRequest, TResponse> Open<TRequest, TResponse>(
        RpcMethod<TRequest, TResponse> method, RpcCallOptions? options = null, CancellationToken cancel = default)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        var content = new CallContent();
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_options.Address, method.FullName))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        request.Headers.TryAddWithoutValidation("te", "trailers");
        request.Headers.TryAddWithoutValidation(WireNames.AcceptEncoding, WireNames.Identity);
        if (options?.Timeout is { } timeout)
            request.Headers.TryAddWithoutValidation(WireNames.Timeout, GrpcTimeout.Format(timeout));
        foreach (var entry in options?.Headers ?? [])
            request.Headers.TryAddWithoutValidation(entry.Name, entry.WireValue);

        var lifetime = new CallLifetime(_options.TimeProvider, options?.Timeout, cancel);
        return new RpcCall<TRequest, TResponse>(method, new CallExchange(_http, request, content, lifetime, _options.MaxReceiveBytes));
    }

    /// <summary>Closes the connection; calls still open end with UNAVAILABLE or CANCELLED.</summary>
    public void Dispose() => _http.Dispose();

    private static async ValueTask<Stream> ConnectAsync(IPEndPoint peer, CancellationToken cancel)
    {
        var socket = new Socket(peer.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(peer, cancel).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

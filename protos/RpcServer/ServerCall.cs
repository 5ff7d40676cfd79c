using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Homelab.Rpc.Server;

/// <summary>One call, from the request's check to its status; the handler sees it through context, reader and writer.</summary>
internal sealed class ServerCall
{
    private static readonly RpcStatus s_flagWithoutEncoding =
        new(RpcCode.Internal, "A message is flagged as compressed, but the call names no encoding.");

    private readonly HttpContext _http;
    private readonly FrameReader _incoming;

    private ServerCall(HttpContext http, RpcRuntime runtime, CallEnding ending, ServerResponse response)
    {
        _http = http;
        Ending = ending;
        Response = response;
        Context = new RpcServerContext(http, ending, response.Headers);
        _incoming = new FrameReader(runtime.Options.MaxReceiveBytes, CompressedAnswer(http.Request));
    }

    public RpcServerContext Context { get; }

    public CallEnding Ending { get; }

    public ServerResponse Response { get; }

    /// <summary>Serves one request; never throws for what a peer or a handler does.</summary>
    public static async Task ServeAsync(HttpContext http, RpcRuntime runtime, Func<ServerCall, Task> handler)
    {
        if (!IsGrpc(http))
            return;
        Prepare(http);
        TimeSpan? timeout = null;
        if (http.Request.Headers[WireNames.Timeout] is [{ } text, ..])
        {
            if (!GrpcTimeout.TryParse(text, out var parsed))
                handler = static _ => throw new RpcException(RpcCode.Internal, "The header grpc-timeout is malformed.");
            timeout = parsed;
        }

        if (runtime.Draining.IsCancellationRequested)
            handler = static _ => throw new RpcException(CallEnding.Drained);
        using var ending = new CallEnding(http, runtime, timeout);
        var response = new ServerResponse(http, ending, runtime.Options);
        var work = new ServerCall(http, runtime, ending, response).HandleAsync(handler, runtime);
        if (await Task.WhenAny(work, ending.Forced) != work)
            await response.EndAsync(new RpcEnd(ending.Status!, new RpcMetadata()), bounded: true);
        await response.EndAsync(await work, bounded: ending.Status is not null);
    }

    /// <summary>The next message, parsed; null when the peer has half-closed.</summary>
    public async ValueTask<TRequest?> ReadAsync<TRequest>(MessageParser<TRequest> parser, CancellationToken cancel)
        where TRequest : class, IMessage<TRequest>
    {
        var token = Ending.For(cancel, out var linked);
        try
        {
            return await _incoming.ReadAsync(_http.Request.Body, token) ? parser.ParseFrom(_incoming.Message) : null;
        }
        catch (InvalidProtocolBufferException)
        {
            throw new RpcException(RpcCode.Internal, $"The message is no {typeof(TRequest).Name}.");
        }
        catch (IOException)
        {
            throw new OperationCanceledException("The peer is gone.");
        }
        finally
        {
            linked?.Dispose();
        }
    }

    /// <summary>The request of a method that takes exactly one.</summary>
    public async Task<TRequest> ReadOneAsync<TRequest>(MessageParser<TRequest> parser)
        where TRequest : class, IMessage<TRequest>
    {
        var request = await ReadAsync(parser, default);
        if (request is null || await ReadAsync(parser, default) is not null)
            throw new RpcException(RpcCode.Unimplemented, "The method takes exactly one message.");
        return request;
    }

    private async Task<RpcEnd> HandleAsync(Func<ServerCall, Task> handler, RpcRuntime runtime)
    {
        try
        {
            await handler(this);
            return new RpcEnd(RpcStatus.Ok, Context.Trailers);
        }
        catch (RpcException e)
        {
            e.Trailers.AddAll(Context.Trailers);
            return new RpcEnd(e.Status, e.Trailers);
        }
        catch (OperationCanceledException)
        {
            var status = Ending.Status
                ?? (Ending.Draining.IsCancellationRequested ? CallEnding.Drained : new RpcStatus(RpcCode.Cancelled, "The call was cancelled."));
            return new RpcEnd(status, Context.Trailers);
        }
        catch (Exception e)
        {
            // The one place for what a handler did not expect: the peer gets neutral words, the log the rest.
            Log.HandlerFailed(runtime.Log, _http.Request.Path, e);
            return new RpcEnd(new RpcStatus(RpcCode.Unknown, "The server failed to answer."), new RpcMetadata());
        }
    }

    /// <summary>Turns away what is no gRPC in plain HTTP, for people with a browser or curl.</summary>
    private static bool IsGrpc(HttpContext http)
    {
        if (!WireNames.IsGrpc(http.Request.ContentType))
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
        else if (!HttpProtocol.IsHttp2(http.Request.Protocol))
            http.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
        else
            return true;
        return false;
    }

    private static void Prepare(HttpContext http)
    {
        // Streams live for days and may be silent for hours: limits are per message, liveness is the keep-alive's.
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        if (http.Features.Get<Microsoft.AspNetCore.Server.Kestrel.Core.Features.IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        http.Response.ContentType = WireNames.ContentType;
        http.Response.Headers[WireNames.AcceptEncoding] = WireNames.Identity;
    }

    private static RpcStatus CompressedAnswer(HttpRequest request) =>
        request.Headers[WireNames.Encoding] is [{ } encoding, ..] && encoding != WireNames.Identity
            ? new RpcStatus(RpcCode.Unimplemented, "The message encoding is not supported; see grpc-accept-encoding.")
            : s_flagWithoutEncoding;
}

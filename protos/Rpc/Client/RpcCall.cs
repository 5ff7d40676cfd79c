using System.Runtime.CompilerServices;
using Google.Protobuf;

namespace Homelab.Rpc;

/// <summary>
/// An open call. Writers may compete: they wait for each other, and messages never mix. One reader at a time,
/// independent of the writers. Dispose ends it: a call not yet over is cancelled, and the server is told.
/// </summary>
internal sealed class RpcCall<TRequest, TResponse> : IAsyncDisposable
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    private readonly RpcMethod<TRequest, TResponse> _method;
    private readonly CallExchange _exchange;
    private Task<RpcMetadata>? _headers;

    internal RpcCall(RpcMethod<TRequest, TResponse> method, CallExchange exchange)
    {
        _method = method;
        _exchange = exchange;
    }

    /// <summary>Faults with <see cref="RpcException"/> when the call ends before any head came.</summary>
    public Task<RpcMetadata> ResponseHeaders => _headers ??= _exchange.HeadersAsync();

    /// <summary>Empty until the call is over.</summary>
    public RpcMetadata Trailers => _exchange.End?.Trailers ?? new RpcMetadata();

    /// <summary>Null until the call is over.</summary>
    public RpcStatus? Status => _exchange.End?.Status;

    /// <summary>
    /// Sends one message; done when the HTTP stack has it, which waits while the peer takes nothing (flow control).
    /// Cancelling a write ends the call.
    /// </summary>
    /// <exception cref="RpcException">The call is over. When the peer ended it, reading on gives its status.</exception>
    /// <exception cref="InvalidOperationException">The call is half-closed.</exception>
    public ValueTask WriteAsync(TRequest message, CancellationToken cancel = default) => _exchange.WriteAsync(message, cancel);

    /// <summary>Half-closes: no more messages from this side.</summary>
    public ValueTask CompleteAsync()
    {
        _exchange.Complete();
        return ValueTask.CompletedTask;
    }

    /// <returns>Null when the call ended with Ok.</returns>
    /// <exception cref="RpcException">The call ended with any other status.</exception>
    /// <exception cref="OperationCanceledException">
    /// <paramref name="cancel"/> ended this one read, not the call; the next read goes on where this one stopped.
    /// </exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TResponse?> ReadAsync(CancellationToken cancel = default) =>
        await _exchange.ReadAsync(cancel) ? Parse() : null;

    public ValueTask DisposeAsync() => _exchange.DisposeAsync();

    /// <summary>The unary exchange: one message each way, then the status.</summary>
    internal async Task<TResponse> SendOneAsync(TRequest request)
    {
        try
        {
            await WriteAsync(request);
        }
        catch (RpcException)
        {
            // The answer, or the status, may have come before the request was fully sent: reading tells.
        }

        await CompleteAsync();
        var response = await ReadAsync();
        if (response is not null && await ReadAsync() is null)
            return response;
        // Not thrown as the call's end: without any message it has already ended, and well.
        var notOne = new RpcStatus(RpcCode.Unimplemented, "The peer did not answer with exactly one message.");
        _exchange.Fail(notOne);
        throw new RpcException(notOne);
    }

    private TResponse Parse()
    {
        try
        {
            return _method.ResponseParser.ParseFrom(_exchange.Message);
        }
        catch (InvalidProtocolBufferException)
        {
            throw _exchange.Fail(new RpcStatus(RpcCode.Internal, $"The peer sent something that is no {typeof(TResponse).Name}."));
        }
    }
}

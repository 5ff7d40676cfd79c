using System.Runtime.CompilerServices;
using Google.Protobuf;

namespace Homelab.Rpc;

/// <summary>
/// One call on the wire, whatever its messages: writers wait for each other, one reader at a time.
/// The status settles once; who settles first wins.
/// </summary>
internal sealed class CallExchange : IAsyncDisposable
{
    private static readonly RpcStatus s_compressed =
        new(RpcCode.Internal, "The peer compressed a message; only identity was offered.");

    /// <summary>How long an answered request may take to open before it counts as not wanted.</summary>
    private static readonly TimeSpan Overtaken = TimeSpan.FromSeconds(1);

    private readonly CallContent _content;
    private readonly CallLifetime _lifetime;
    // Not disposed: a writer may still leave it, and it holds nothing of the system's.
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly FrameBuffer _outgoing = new();
    private readonly FrameReader _incoming;
    private readonly Task<HttpResponseMessage?> _response;
    private readonly CancellationTokenRegistration _abort;
    private RpcEnd? _end;
    private Stream? _body;
    private int _reading;
    private int _disposed;
    private bool _completed;

    public CallExchange(HttpMessageInvoker http, HttpRequestMessage request, CallContent content, CallLifetime lifetime, int maxReceiveBytes)
    {
        _content = content;
        _lifetime = lifetime;
        _incoming = new FrameReader(maxReceiveBytes, s_compressed);
        _response = SendAsync(http, request);
        _abort = lifetime.Token.UnsafeRegister(static state => ((CallExchange)state!).Abort(), this);
    }

    /// <summary>The message of the last successful read; valid until the next.</summary>
    public ReadOnlySpan<byte> Message => _incoming.Message;

    /// <summary>Null while the call runs.</summary>
    public RpcEnd? End => Volatile.Read(ref _end);

    /// <exception cref="RpcException">The call ended before any head came.</exception>
    public async Task<RpcMetadata> HeadersAsync() =>
        await _response is { } response ? CallResponse.Metadata(response.Headers) : throw End!.ToException();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAsync(IMessage message, CancellationToken cancel)
    {
        if (_completed)
            throw new InvalidOperationException("The call is half-closed.");
        var token = _lifetime.For(cancel, out var linked);
        var held = false;
        try
        {
            await _gate.WaitAsync(token);
            held = true;
            var stream = _content.Opened.IsCompleted ? _content.Opened.Result : await OpenAsync(token);
            await stream.WriteAsync(_outgoing.Frame(message), token);
            await stream.FlushAsync(token);
        }
        catch (Exception e) when (CallFailure.IsExpected(e))
        {
            throw WriteFailure(e, token);
        }
        finally
        {
            linked?.Dispose();
            if (held)
                _gate.Release();
        }
    }

    public void Complete()
    {
        _completed = true;
        _content.Complete();
    }

    /// <returns>False when the call ended with Ok.</returns>
    /// <exception cref="RpcException">It ended otherwise.</exception>
    /// <exception cref="OperationCanceledException">This one read was cancelled; the call goes on.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> ReadAsync(CancellationToken cancel)
    {
        if (Interlocked.Exchange(ref _reading, 1) == 1)
            throw new InvalidOperationException("One read at a time.");
        var token = _lifetime.For(cancel, out var linked);
        try
        {
            if (End is null && await _response.WaitAsync(token) is { } response && End is null)
            {
                _body ??= await response.Content.ReadAsStreamAsync(token);
                if (await _incoming.ReadAsync(_body, token))
                    return true;
                Settle(new RpcEnd(CallResponse.StatusOfTail(response), CallResponse.Metadata(response.TrailingHeaders)));
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested && linked is not null && !_lifetime.Ended)
        {
            throw;
        }
        catch (RpcException e)
        {
            Fail(e.Status);
        }
        catch (Exception e) when (CallFailure.IsExpected(e))
        {
            Settle(e);
        }
        finally
        {
            linked?.Dispose();
            Volatile.Write(ref _reading, 0);
        }

        return End!.Status.IsOk ? false : throw End.ToException();
    }

    /// <summary>This side finds fault with the peer: the call ends here with that status, and there by a reset.</summary>
    public RpcException Fail(RpcStatus status)
    {
        var end = Settle(new RpcEnd(status, new RpcMetadata()));
        _lifetime.Cancel();
        return end.ToException();
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;
        _lifetime.Cancel();
        var response = await _response;
        Settle(new RpcEnd(_lifetime.Status, new RpcMetadata()));
        response?.Dispose();
        await _abort.DisposeAsync();
        _content.Dispose();
        _lifetime.Dispose();
    }

    /// <summary>Never faults: null says that the call ended without a response, with the status settled.</summary>
    private async Task<HttpResponseMessage?> SendAsync(HttpMessageInvoker http, HttpRequestMessage request)
    {
        try
        {
            var response = await http.SendAsync(request, _lifetime.Token);
            if (CallResponse.StatusOfHead(response) is { } status)
            {
                // With no body to follow, the head's metadata is the trailers'.
                Settle(new RpcEnd(status, CallResponse.Metadata(response.Headers)));
                _content.Complete();
            }

            return response;
        }
        catch (Exception e) when (CallFailure.IsExpected(e))
        {
            Settle(e);
            return null;
        }
    }

    private async ValueTask<Stream> OpenAsync(CancellationToken cancel)
    {
        await Task.WhenAny(_content.Opened, _response).WaitAsync(cancel);
        // An eager server's head may overtake the stream; only a response that is already over stands in for it.
        if (!_content.Opened.IsCompleted && (await _response is null || End is not null))
            throw new IOException("The call ended before it was open.");
        try
        {
            return await _content.Opened.WaitAsync(Overtaken, _lifetime.Time, cancel);
        }
        catch (TimeoutException)
        {
            // The answer was over before the HTTP stack began with the request, and it never will: reading tells what came.
            throw new IOException("The peer answered without taking the request.");
        }
    }

    private RpcException WriteFailure(Exception e, CancellationToken token)
    {
        if (token.IsCancellationRequested)
        {
            // Part of the frame may have left: the call can not go on.
            var end = Settle(new RpcEnd(_lifetime.Status, new RpcMetadata()));
            _lifetime.Cancel();
            return end.ToException(e);
        }

        // A server that has answered stops reading: its status is still to be read, so nothing settles here.
        return End?.ToException(e)
            ?? new RpcException(new RpcStatus(CallFailure.Map(e).Code, "The peer takes no more messages."), cause: e);
    }

    /// <summary>Runs when this side ends the call: a reset tells the server.</summary>
    private void Abort()
    {
        _content.Abort();
        if (_response is { IsCompletedSuccessfully: true, Result: { } response })
            response.Dispose();
    }

    private RpcEnd Settle(Exception e) =>
        Settle(new RpcEnd(_lifetime.Ended ? _lifetime.Status : CallFailure.Map(e), new RpcMetadata()));

    private RpcEnd Settle(RpcEnd end) => Interlocked.CompareExchange(ref _end, end, null) ?? end;
}

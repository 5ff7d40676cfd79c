using System.Net;
using System.Net.Http.Headers;

namespace Homelab.Rpc;

/// <summary>A request body that stays open: the HTTP stack lends its stream, the call writes into it, completion closes it.</summary>
internal sealed class CallContent : HttpContent
{
    private readonly TaskCompletionSource<Stream> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _lent;

    public CallContent() => Headers.ContentType = new MediaTypeHeaderValue(WireNames.ContentType);

    /// <summary>The stream, once the connection stands. Never completes when connecting fails: race it with the response.</summary>
    public Task<Stream> Opened => _opened.Task;

    /// <summary>Half-closes the call.</summary>
    public void Complete() => _completed.TrySetResult();

    /// <summary>Resets the call if it is not yet half-closed.</summary>
    public void Abort() => _completed.TrySetCanceled();

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // The HTTP stack retries a request that a draining server refused; what was streamed is gone by then.
        if (Interlocked.Exchange(ref _lent, 1) == 1)
            throw new IOException("The server refused the stream after it had begun.");
        // Headers wait for the first body bytes otherwise, and a caller may first wait for an answer.
        await stream.FlushAsync(cancellationToken);
        _opened.TrySetResult(stream);
        await _completed.Task.WaitAsync(cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}

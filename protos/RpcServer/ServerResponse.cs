using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.IO.Pipelines;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Homelab.Rpc.Server;

/// <summary>
/// The answer's side of a call: head, messages, status, in that order and each from whichever thread holds the gate.
/// A peer that takes nothing holds up the writer, not memory: at most Kestrel's response buffer waits per call.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A flush may outlive its write; the gate holds nothing of the system's.")]
internal sealed class ServerResponse(HttpContext http, CallEnding ending, RpcServerOptions options)
{
    private const int Http2Cancel = 0x8;

    // Taken for good by the status; whoever comes later waits until the call's cancellation.
    private readonly SemaphoreSlim _gate = new(1, 1);
    private bool _started;
    private int _ended;

    public RpcMetadata Headers { get; } = new();

    /// <summary>Sends the head now, unless it has left; clients may wait for it before they send anything.</summary>
    public async ValueTask StartAsync()
    {
        if (_started || !await _gate.WaitAsync(0))
            return;
        try
        {
            if (!_started)
            {
                Begin();
                await http.Response.BodyWriter.FlushAsync(CancellationToken.None);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <exception cref="OperationCanceledException">The call is over, or <paramref name="cancel"/> ended the wait.</exception>
    public async ValueTask WriteAsync(IMessage message, CancellationToken cancel)
    {
        var token = ending.For(cancel, out var linked);
        try
        {
            await _gate.WaitAsync(token);
            Task<FlushResult>? flushing = null;
            try
            {
                Begin();
                var writer = http.Response.BodyWriter;
                FrameBuffer.WriteHeader(writer.GetSpan(FrameBuffer.HeaderBytes), message.CalculateSize());
                writer.Advance(FrameBuffer.HeaderBytes);
                message.WriteTo(writer);
                // Kestrel resets a stream whose flush is cancelled, so only the wait is: the status can still follow.
                flushing = writer.FlushAsync(CancellationToken.None).AsTask();
                if ((await flushing.WaitAsync(token)).IsCompleted)
                    throw new OperationCanceledException("The peer is gone.");
            }
            finally
            {
                if (flushing is { IsCompleted: false })
                    _ = ReleaseAfterAsync(flushing);
                else
                    _gate.Release();
            }
        }
        finally
        {
            linked?.Dispose();
        }
    }

    /// <summary>Sends the status; only the first has an effect.</summary>
    /// <param name="end">Status and trailers.</param>
    /// <param name="bounded">Reset the stream when the peer does not take the rest within the grace.</param>
    public async Task EndAsync(RpcEnd end, bool bounded)
    {
        if (ending.PeerGone || Interlocked.Exchange(ref _ended, 1) == 1)
            return;
        if (!bounded)
        {
            await SendStatusAsync(end);
            return;
        }

        var finishing = FinishAsync(end);
        try
        {
            await finishing.WaitAsync(options.Grace, options.TimeProvider);
        }
        catch (TimeoutException)
        {
            http.Features.Get<IHttpResetFeature>()?.Reset(Http2Cancel);
            await finishing;
        }
    }

    private async Task FinishAsync(RpcEnd end)
    {
        await SendStatusAsync(end);
        await http.Response.CompleteAsync();
    }

    private async Task SendStatusAsync(RpcEnd end)
    {
        await _gate.WaitAsync();
        if (!_started && !end.Status.IsOk && Headers.Count == 0)
        {
            WriteStatus(end, http.Response.Headers);
            return;
        }

        Begin();
        if (http.Features.Get<IHttpResponseTrailersFeature>() is { } feature)
            WriteStatus(end, feature.Trailers);
    }

    private async Task ReleaseAfterAsync(Task flushing)
    {
        await flushing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _gate.Release();
    }

    private void Begin()
    {
        if (_started)
            return;
        _started = true;
        foreach (var entry in Headers)
            http.Response.Headers.Append(entry.Name, entry.WireValue);
    }

    private static void WriteStatus(RpcEnd end, IHeaderDictionary fields)
    {
        var status = end.Status;
        fields[WireNames.Status] = ((int)status.Code).ToString(CultureInfo.InvariantCulture);
        if (status.Message.Length > 0)
            fields[WireNames.Message] = PercentText.Encode(status.Message);
        if (!status.Details.IsEmpty)
            fields[WireNames.Details] = WireBase64.Encode(status.Details.Span);
        foreach (var entry in end.Trailers)
            fields.Append(entry.Name, entry.WireValue);
    }
}

using System.Text.Json;

namespace Homelab.Aggregator.KubeApi;

/// <summary>The lines of one open watch. One reader; after anything but an event it must be disposed.</summary>
internal sealed class WatchStream(HttpResponseMessage response, int largestLine, TimeSpan idle, TimeProvider time) : IDisposable
{
    private byte[] _buffer = new byte[16 << 10];
    private int _start;
    private int _end;

    /// <summary>
    /// The next event; null where the server ended the watch in good order. Failures: <see cref="KubeOutcome.Gone"/> (list again),
    /// <see cref="KubeOutcome.Garbage"/> (no event, or too large), <see cref="KubeOutcome.TimedOut"/> (silence), <see cref="KubeOutcome.Unreachable"/> (broken off), or what an ERROR event says.
    /// </summary>
    public async Task<KubeResult<WatchEvent>?> NextAsync(CancellationToken cancel)
    {
        using var bound = new CancellationTokenSource(idle, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, cancel);
        try
        {
            var body = await response.Content.ReadAsStreamAsync(either.Token).ConfigureAwait(false);
            while (true)
            {
                var line = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
                if (line >= 0)
                {
                    var read = Read(_buffer.AsSpan(_start, line));
                    _start += line + 1;
                    return read;
                }
                if (_end - _start >= largestLine)
                    return KubeResult<WatchEvent>.Failed(KubeOutcome.Garbage, $"a watch event of more than {largestLine} bytes");
                MakeRoom();
                var got = await body.ReadAsync(_buffer.AsMemory(_end), either.Token).ConfigureAwait(false);
                if (got == 0)
                    return _start == _end ? null : KubeResult<WatchEvent>.Failed(KubeOutcome.Unreachable, "the watch broke off within an event");
                _end += got;
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return KubeResult<WatchEvent>.Failed(KubeOutcome.TimedOut, $"the watch was silent for {idle.TotalSeconds:0} s");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            return KubeResult<WatchEvent>.Failed(KubeOutcome.Unreachable, $"the watch broke off: {failure.GetBaseException().Message}");
        }
    }

    public void Dispose() => response.Dispose();

    private void MakeRoom()
    {
        if (_end < _buffer.Length)
            return;
        var kept = _buffer.AsSpan(_start, _end - _start);
        var room = kept.Length > _buffer.Length / 2 ? new byte[_buffer.Length * 2] : _buffer;
        kept.CopyTo(room);
        (_buffer, _start, _end) = (room, 0, kept.Length);
    }

    private static KubeResult<WatchEvent> Read(ReadOnlySpan<byte> line)
    {
        var item = JsonReading.Parse(line) ?? default;
        var body = item.At("object");
        WatchKind? kind = item.Text("type") switch
        {
            "ADDED" => WatchKind.Added,
            "MODIFIED" => WatchKind.Modified,
            "DELETED" => WatchKind.Deleted,
            "BOOKMARK" => WatchKind.Bookmark,
            _ => null,
        };
        if (kind is { } known && body.ValueKind == JsonValueKind.Object)
            return KubeResult<WatchEvent>.Ok(new WatchEvent(known, body));
        // A code of 200 inside an error is a contradiction, and must not pass for success.
        if (item.Text("type") == "ERROR" && body.Whole("code") is >= 400 and < 600 and var code)
            return KubeResult<WatchEvent>.Failed(KubeStatus.Read((int)code, body, null));
        return KubeResult<WatchEvent>.Failed(KubeOutcome.Garbage, "a watch line that is no event");
    }
}

using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Homelab.Rpc;

/// <summary>
/// Takes length-prefixed messages off a stream: one flag byte, four bytes of big-endian length, the message.
/// Memory follows the bytes that came, never the length a peer claims. A cancelled read loses nothing.
/// </summary>
/// <param name="maxBytes">Longest message taken; the next one ends with RESOURCE_EXHAUSTED before memory is found for it.</param>
/// <param name="compressed">The answer to a message whose compressed flag is set; only identity is spoken here.</param>
internal sealed class FrameReader(int maxBytes, RpcStatus compressed)
{
    private const int HeaderBytes = 5;
    private const int KeptBytes = 1024;

    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private int _messageBytes;

    /// <summary>The message that the last successful read found; valid until the next read.</summary>
    public ReadOnlySpan<byte> Message => _buffer.AsSpan(_start - _messageBytes, _messageBytes);

    /// <returns>False at a clean end of the stream.</returns>
    /// <exception cref="RpcException">INTERNAL: no frame, or the stream ends inside one. RESOURCE_EXHAUSTED: too long.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> ReadAsync(Stream stream, CancellationToken cancel)
    {
        Release();
        while (_end - _start < HeaderBytes)
            if (!await FillAsync(stream, HeaderBytes, cancel))
                return _end == _start ? false : throw Truncated();

        var length = CheckHeader();
        while (_end - _start < HeaderBytes + length)
            if (!await FillAsync(stream, HeaderBytes + length, cancel))
                throw Truncated();

        _messageBytes = length;
        _start += HeaderBytes + length;
        return true;
    }

    private int CheckHeader()
    {
        var header = _buffer.AsSpan(_start, HeaderBytes);
        if (header[0] == 1)
            throw new RpcException(compressed);
        if (header[0] != 0)
            throw new RpcException(RpcCode.Internal, "The message frame has an unknown flag.");
        var length = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        return length <= maxBytes
            ? (int)length
            : throw new RpcException(RpcCode.ResourceExhausted, $"A message of {length} bytes is over the limit of {maxBytes}.");
    }

    /// <summary>One read, into room that at most doubles: a peer must send half a message before we hold the rest's memory.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> FillAsync(Stream stream, int frameBytes, CancellationToken cancel)
    {
        if (_end == _buffer.Length || _buffer.Length == 0)
            MakeRoom(frameBytes);
        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancel);
        _end += read;
        return read > 0;
    }

    private void MakeRoom(int frameBytes)
    {
        var held = _end - _start;
        var target = held * 2 <= _buffer.Length && _buffer.Length > 0
            ? _buffer
            : new byte[Math.Max(KeptBytes, Math.Min(frameBytes, held * 2))];
        _buffer.AsSpan(_start, held).CopyTo(target);
        _buffer = target;
        (_start, _end) = (0, held);
    }

    private void Release()
    {
        _messageBytes = 0;
        if (_start != _end)
            return;
        (_start, _end) = (0, 0);
        if (_buffer.Length > KeptBytes * 16)
            _buffer = [];
    }

    private static RpcException Truncated() => new(RpcCode.Internal, "The stream ended inside a message.");
}

using System.Buffers.Binary;
using Google.Protobuf;

namespace Homelab.Rpc;

/// <summary>One outgoing frame in memory that is used again for the next: no allocation per message once grown.</summary>
internal sealed class FrameBuffer
{
    public const int HeaderBytes = 5;
    private const int KeptBytes = 16 * 1024;

    private byte[] _buffer = [];

    /// <returns>The frame; valid until the next call.</returns>
    public ReadOnlyMemory<byte> Frame(IMessage message)
    {
        var size = message.CalculateSize();
        var total = checked(HeaderBytes + size);
        if (_buffer.Length < total || (_buffer.Length > KeptBytes && total <= KeptBytes))
            // Large ones with some room, too: the next message may be a few bytes longer.
            _buffer = new byte[total <= KeptBytes ? Math.Max(256, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)total)) : total + Math.Min(total / 4, KeptBytes)];
        WriteHeader(_buffer, size);
        message.WriteTo(_buffer.AsSpan(HeaderBytes, size));
        return _buffer.AsMemory(0, total);
    }

    /// <summary>Flag "not compressed" and the length.</summary>
    public static void WriteHeader(Span<byte> header, int size)
    {
        header[0] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(header[1..HeaderBytes], (uint)size);
    }
}

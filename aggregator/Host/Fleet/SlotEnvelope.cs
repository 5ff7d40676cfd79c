using System.Buffers.Binary;

namespace Homelab.Aggregator.Fleet;

/// <summary>What makes the bytes of a slot trustworthy, little-endian: 8 bytes magic, generation, payload length, payload, CRC-32 of all before it.</summary>
internal static class SlotEnvelope
{
    private const int HeaderLength = 8 + 8 + 4;
    private const int CrcLength = 4;

    public static byte[] Seal(ReadOnlySpan<byte> magic, ulong generation, ReadOnlySpan<byte> payload)
    {
        var bytes = new byte[HeaderLength + payload.Length + CrcLength];
        magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), generation);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), payload.Length);
        payload.CopyTo(bytes.AsSpan(HeaderLength));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(^CrcLength), Crc32.Of(bytes.AsSpan(..^CrcLength)));
        return bytes;
    }

    /// <summary>Null when the bytes are not one whole envelope: empty, torn, of another kind, or damaged. Bytes past the end are ignored.</summary>
    public static byte[]? Open(ReadOnlySpan<byte> magic, ReadOnlySpan<byte> bytes, out ulong generation)
    {
        generation = 0;
        if (bytes.Length < HeaderLength + CrcLength || !bytes.StartsWith(magic))
            return null;
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]);
        if (length < 0 || length > bytes.Length - HeaderLength - CrcLength)
            return null;
        var covered = bytes[..(HeaderLength + length)];
        if (Crc32.Of(covered) != BinaryPrimitives.ReadUInt32LittleEndian(bytes[covered.Length..]))
            return null;
        generation = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        return covered[HeaderLength..].ToArray();
    }
}

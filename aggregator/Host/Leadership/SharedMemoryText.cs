using System.IO.Compression;
using Homelab.Aggregator.Control;

namespace Homelab.Aggregator.Leadership;

/// <summary>What a leader leaves to the next, as the value of an annotation: the bytes of <see cref="ControlFormat"/>, deflated, in Base64.</summary>
internal static class SharedMemoryText
{
    /// <summary>All annotations of an object may be 256 KiB long together. Some 8,000 nodes fit.</summary>
    public const int Longest = 200_000;

    private const int MostBytes = 4 * 1024 * 1024;

    /// <summary>The same for the same. Null when it would be longer than <see cref="Longest"/>.</summary>
    public static string? Write(StoredControl stored)
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            deflate.Write(ControlFormat.Write(stored, generation: 1));
        var text = Convert.ToBase64String(packed.GetBuffer().AsSpan(0, (int)packed.Length));
        return text.Length <= Longest ? text : null;
    }

    /// <summary>Null for anything that is not whole: anybody who may write the lease may write here.</summary>
    public static StoredControl? Read(string text)
    {
        if (text.Length is 0 or > Longest)
            return null;
        try
        {
            using var unpacked = new DeflateStream(new MemoryStream(Convert.FromBase64String(text)), CompressionMode.Decompress);
            var bytes = new byte[MostBytes];
            var count = unpacked.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return count < bytes.Length ? ControlFormat.Read(bytes.AsSpan(0, count), out _) : null;
        }
        catch (Exception damaged) when (damaged is FormatException or InvalidDataException)
        {
            return null;
        }
    }
}

namespace Homelab.Aggregator.Control;

/// <summary>
/// The decision log on disk: <c>decisions.jsonl</c>, and <c>decisions.1.jsonl</c> that it became when it was full. Only ever appended to;
/// at most <see cref="MostBytes"/> a file. One caller at a time.
/// </summary>
internal sealed class DecisionFiles(string folder)
{
    public const long MostBytes = 2 << 20;

    private readonly string _path = Path.Combine(folder, "decisions.jsonl");
    private readonly string _older = Path.Combine(folder, "decisions.1.jsonl");

    /// <summary>The whole lines of both files, oldest first. What follows the last line feed was torn by a crash and is left out.</summary>
    public IEnumerable<byte[]> Lines() => Lines(_older).Concat(Lines(_path));

    /// <summary>Cuts a torn last line off, so that the next one starts on a line of its own.</summary>
    public void Mend()
    {
        if (!File.Exists(_path))
            return;
        var bytes = File.ReadAllBytes(_path);
        var whole = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
        if (whole == bytes.Length)
            return;
        using var handle = File.OpenHandle(_path, FileMode.Open, FileAccess.Write, FileShare.Read);
        RandomAccess.SetLength(handle, whole);
        RandomAccess.FlushToDisk(handle);
    }

    /// <summary>Appends whole lines and waits until the disk has them. Throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</summary>
    public void Append(ReadOnlySpan<byte> lines)
    {
        if (File.Exists(_path) && new FileInfo(_path).Length + lines.Length > MostBytes)
            File.Move(_path, _older, overwrite: true);
        using var handle = File.OpenHandle(_path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        var length = RandomAccess.GetLength(handle);
        try
        {
            RandomAccess.Write(handle, lines, length);
            RandomAccess.FlushToDisk(handle);
        }
        catch (IOException)
        {
            // A full disk takes part of a line: the file goes on whole, and the same lines are tried again.
            RandomAccess.SetLength(handle, length);
            throw;
        }
    }

    private static IEnumerable<byte[]> Lines(string path)
    {
        var bytes = Bytes(path);
        for (int from = 0, length; (length = bytes.AsSpan(from).IndexOf((byte)'\n')) >= 0; from += length + 1)
            yield return bytes[from..(from + length)];
    }

    private static byte[] Bytes(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[file.Length];
            var read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return bytes[..read];
        }
        catch (FileNotFoundException)
        {
            return [];
        }
    }
}

using System.Globalization;
using System.Text;

namespace Homelab.RecordedHosts;

/// <summary>A file that others write a number into and that then says what the machine made of it, as a driver's attribute does.</summary>
/// <remarks>A plain file can not refuse a write: what a driver would answer with EINVAL is found replaced by the old value a moment later.
/// Writers may write in place or put another file in this one's stead; the answer goes into the file that was read, never over a newer one.</remarks>
internal sealed class AnsweredFile
{
    private readonly string _path;
    private readonly Func<long, long?> _take;
    private readonly byte[] _buffer = new byte[64];
    private string _text;

    /// <summary>A file that holds a number. What the driver makes of a number is what <paramref name="take"/> gives; null is a refusal.</summary>
    public AnsweredFile(string path, long value, Func<long, long?> take)
    {
        (_path, _take, Value) = (path, take, value);
        _text = Canonical(value);
    }

    /// <summary>What is in force.</summary>
    public long Value { get; private set; }

    /// <summary>Takes in what was written since the last look, and answers where the machine made something else of it.</summary>
    public void Look()
    {
        using var handle = File.OpenHandle(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        var text = Encoding.ASCII.GetString(_buffer, 0, RandomAccess.Read(handle, _buffer, 0));
        // Nothing: between a writer's truncation and its write. The next look will see.
        if (text == _text || text.Length == 0)
            return;
        // A writer that does not truncate leaves the tail of a longer text behind its own line; no driver sees that tail.
        if (long.TryParse(text.Split('\n')[0].Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var asked) && _take(asked) is { } taken)
            Value = taken;
        _text = Canonical(Value);
        if (text == _text)
            return;
        var bytes = Encoding.ASCII.GetBytes(_text);
        RandomAccess.Write(handle, bytes, 0);
        RandomAccess.SetLength(handle, bytes.Length);
    }

    private static string Canonical(long value) => value.ToString(CultureInfo.InvariantCulture) + "\n";
}

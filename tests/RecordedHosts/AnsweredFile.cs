using System.Globalization;
using System.Text;

namespace Homelab.RecordedHosts;

/// <summary>A file that others write a number into and that then says what the machine made of it, as a driver's attribute does.</summary>
/// <remarks>A plain file can not refuse a write: what a driver would answer with EINVAL is found replaced by the old value a moment later.</remarks>
internal sealed class AnsweredFile : IDisposable
{
    private readonly Microsoft.Win32.SafeHandles.SafeFileHandle _handle;
    private readonly Func<long, long?> _take;
    private readonly byte[] _buffer = new byte[64];
    private string _text;

    /// <summary>Opens a file that holds a number. What the driver makes of a number is what <paramref name="take"/> gives; null is a refusal.</summary>
    public AnsweredFile(string path, long value, Func<long, long?> take)
    {
        _handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        _take = take;
        Value = value;
        _text = Canonical(value);
    }

    /// <summary>What is in force.</summary>
    public long Value { get; private set; }

    /// <summary>Takes in what was written since the last look, and answers where the machine made something else of it.</summary>
    public void Look()
    {
        var text = Encoding.ASCII.GetString(_buffer, 0, RandomAccess.Read(_handle, _buffer, 0));
        // Nothing: between a writer's truncation and its write. The next look will see.
        if (text == _text || text.Length == 0)
            return;
        // A writer that does not truncate leaves the tail of a longer text behind its own line; no driver sees that tail.
        if (long.TryParse(text.Split('\n')[0].Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var asked) && _take(asked) is { } taken)
            Value = taken;
        _text = Canonical(Value);
        if (text != _text)
            Answer();
    }

    public void Dispose() => _handle.Dispose();

    private void Answer()
    {
        var bytes = Encoding.ASCII.GetBytes(_text);
        RandomAccess.Write(_handle, bytes, 0);
        RandomAccess.SetLength(_handle, bytes.Length);
    }

    private static string Canonical(long value) => value.ToString(CultureInfo.InvariantCulture) + "\n";
}

using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Homelab.RecordedHosts;

/// <summary>A file whose text changes in place. A reader that reads it at once never finds it empty or half of each text.</summary>
/// <remarks>One positional write per change. A shorter text is first padded with line ends to the old length, then the file is cut.</remarks>
internal sealed class MovingText : IDisposable
{
    private readonly SafeFileHandle _handle;
    private string _last = "";
    private long _length;

    public MovingText(string path)
    {
        _handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        _length = RandomAccess.GetLength(_handle);
    }

    /// <summary>Writes a text, with a line end; nothing when it is the text already there.</summary>
    public void Show(string text)
    {
        if (text == _last)
            return;
        _last = text;
        var length = Encoding.ASCII.GetByteCount(text) + 1;
        var bytes = new byte[Math.Max(length, _length)];
        bytes.AsSpan().Fill((byte)'\n');
        Encoding.ASCII.GetBytes(text, bytes);
        RandomAccess.Write(_handle, bytes, 0);
        if (length < _length)
            RandomAccess.SetLength(_handle, length);
        _length = length;
    }

    public void Dispose() => _handle.Dispose();
}

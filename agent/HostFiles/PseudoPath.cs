using System.Text;

namespace Homelab.NodeAgent.HostFiles;

/// <summary>A located path in the form that <c>open(2)</c> takes, encoded once: reading a sensor then allocates nothing.</summary>
internal sealed class PseudoPath
{
    private readonly byte[] _utf8;

    public PseudoPath(string path)
    {
        _utf8 = new byte[Encoding.UTF8.GetByteCount(path) + 1];
        Encoding.UTF8.GetBytes(path, _utf8);
    }

    /// <summary>UTF-8 with the closing NUL.</summary>
    public ReadOnlySpan<byte> NullTerminated => _utf8;

    public static implicit operator PseudoPath(string path) => new(path);

    /// <summary>Decodes anew on each call; for messages and tests.</summary>
    public override string ToString() => Encoding.UTF8.GetString(_utf8, 0, _utf8.Length - 1);
}

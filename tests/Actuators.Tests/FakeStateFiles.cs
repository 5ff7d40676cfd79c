namespace Homelab.NodeAgent.Actuators;

/// <summary>A state folder in memory on a disk that can be full, read-only or torn. A crash loses what was not saved in full.</summary>
internal sealed class FakeStateFiles : IStateFiles
{
    private readonly Dictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    /// <summary>What each save answers; 0 works.</summary>
    public int Errno { get; set; }

    public int Saves { get; private set; }

    public Action? OnSave { get; set; }

    public IEnumerable<string> Paths => _files.Keys;

    public byte[] this[string path]
    {
        get => _files[path];
        set => _files[path] = value;
    }

    public byte[]? Load(string path, out int errno)
    {
        errno = _files.ContainsKey(path) ? 0 : HostFiles.Errno.NoEntry;
        return _files.GetValueOrDefault(path);
    }

    public int Save(string path, ReadOnlySpan<byte> text)
    {
        OnSave?.Invoke();
        if (Errno != 0)
            return -Errno;
        Saves++;
        _files[path] = text.ToArray();
        return 0;
    }

    public int Delete(string path)
    {
        _files.Remove(path);
        return 0;
    }
}

namespace Homelab.Aggregator.Fleet;

/// <summary>Ledger slots as the files <c>energy-0.ledger</c> and <c>energy-1.ledger</c> in the storage folder, held by one process at a time.</summary>
internal sealed class LedgerDirectory : ILedgerSlots, IDisposable
{
    private readonly string _folder;
    private readonly FileStream _lock;

    /// <summary>Makes the folder (0700) where it is missing and takes its lock. Throws <see cref="IOException"/> when another
    /// aggregator holds it and <see cref="UnauthorizedAccessException"/> when it may not be written.</summary>
    public LedgerDirectory(string folder)
    {
        _folder = folder;
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _lock = new FileStream(Path.Combine(folder, "aggregator.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
    }

    public byte[]? Read(int slot)
    {
        var path = PathOf(slot);
        return File.Exists(path) ? File.ReadAllBytes(path) : null;
    }

    /// <remarks>Written in place: a slot keeps its blocks, so a full disk does not stop an update of the same size. The first
    /// write of a file also commits its name on the journalling file systems in use (ext4, xfs, btrfs) with the same fsync.</remarks>
    public void Write(int slot, ReadOnlySpan<byte> bytes)
    {
        using var handle = File.OpenHandle(PathOf(slot), FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        RandomAccess.Write(handle, bytes, 0);
        RandomAccess.SetLength(handle, bytes.Length);
        RandomAccess.FlushToDisk(handle);
    }

    public string SetAside(int slot)
    {
        for (var number = 1; ; number++)
        {
            var aside = $"{PathOf(slot)}.damaged-{number}";
            if (File.Exists(aside))
                continue;
            File.Move(PathOf(slot), aside);
            return aside;
        }
    }

    public void Dispose() => _lock.Dispose();

    private string PathOf(int slot) => Path.Combine(_folder, $"energy-{slot}.ledger");
}

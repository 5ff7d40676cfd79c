namespace Homelab.Aggregator.Fleet;

/// <summary>Two slots as the files <c>NAME-0.ledger</c> and <c>NAME-1.ledger</c> of a folder.</summary>
internal sealed class SlotFiles(string folder, string name) : ILedgerSlots
{
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

    private string PathOf(int slot) => Path.Combine(folder, $"{name}-{slot}.ledger");
}

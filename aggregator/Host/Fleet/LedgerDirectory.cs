namespace Homelab.Aggregator.Fleet;

/// <summary>The storage folder, held by one process at a time; as slots it is the energy ledger's.</summary>
internal sealed class LedgerDirectory : ILedgerSlots, IDisposable
{
    private readonly SlotFiles _energy;
    private readonly FileStream _lock;

    /// <summary>Makes the folder (0700) where it is missing and takes its lock. Throws <see cref="IOException"/> when another
    /// aggregator holds it and <see cref="UnauthorizedAccessException"/> when it may not be written.</summary>
    public LedgerDirectory(string folder)
    {
        Folder = folder;
        _energy = new SlotFiles(folder, "energy");
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _lock = new FileStream(Path.Combine(folder, "aggregator.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
    }

    public string Folder { get; }

    /// <summary>Slots of what the control loop must remember.</summary>
    public ILedgerSlots Control => new SlotFiles(Folder, "control");

    public byte[]? Read(int slot) => _energy.Read(slot);

    public void Write(int slot, ReadOnlySpan<byte> bytes) => _energy.Write(slot, bytes);

    public string SetAside(int slot) => _energy.SetAside(slot);

    public void Dispose() => _lock.Dispose();
}

using Homelab.Aggregator.Fleet;

namespace Homelab.Aggregator.Tests.Fakes;

/// <summary>A disk of two slots that outlives the process under test, and can tear a write or refuse it.</summary>
internal sealed class MemorySlots : ILedgerSlots
{
    private readonly byte[]?[] _slots = new byte[]?[2];

    /// <summary>The next write stops after so many bytes and "the power goes": it throws <see cref="CrashException"/>.</summary>
    public int? TearAfter { get; set; }

    /// <summary>Every write fails with this, as a full disk does.</summary>
    public string? Failure { get; set; }

    public int Writes { get; private set; }

    public List<byte[]> Aside { get; } = [];

    public byte[]? this[int slot]
    {
        get => _slots[slot];
        set => _slots[slot] = value;
    }

    public byte[]? Read(int slot) => _slots[slot];

    public void Write(int slot, ReadOnlySpan<byte> bytes)
    {
        if (Failure is { } failure)
            throw new IOException(failure);
        Writes++;
        if (TearAfter is { } kept)
        {
            TearAfter = null;
            _slots[slot] = Torn(_slots[slot] ?? [], bytes[..Math.Min(kept, bytes.Length)]);
            throw new CrashException();
        }
        _slots[slot] = bytes.ToArray();
    }

    public string SetAside(int slot)
    {
        Aside.Add(_slots[slot]!);
        _slots[slot] = null;
        return $"aside-{Aside.Count}";
    }

    /// <summary>The new bytes over the old ones, whose tail stays.</summary>
    private static byte[] Torn(byte[] old, ReadOnlySpan<byte> written)
    {
        var mixed = new byte[Math.Max(old.Length, written.Length)];
        old.CopyTo(mixed, 0);
        written.CopyTo(mixed);
        return mixed;
    }
}

/// <summary>The process died here.</summary>
internal sealed class CrashException : Exception;

namespace Homelab.Aggregator.Fleet;

/// <summary>Two places that a ledger can be stored in, durable once <see cref="Write"/> returns. The seam for crash tests.</summary>
internal interface ILedgerSlots
{
    /// <summary>All bytes of slot 0 or 1; null when it was never written.</summary>
    byte[]? Read(int slot);

    /// <summary>Replaces a slot's bytes and waits until the disk has them. Throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</summary>
    void Write(int slot, ReadOnlySpan<byte> bytes);

    /// <summary>Keeps a damaged slot's bytes under another name for people to look at, and says which.</summary>
    string SetAside(int slot);
}

/// <summary>What was found in storage at start.</summary>
/// <param name="Ledger">The newest whole ledger; empty when there was none.</param>
/// <param name="Damage">What was wrong, one line for the log; empty when all was well.</param>
internal sealed record LedgerRecovery(EnergyLedger Ledger, string Damage);

/// <summary>
/// The ledger in two alternating slots. A write goes to the slot that does not hold the newest ledger, so a crash at any
/// moment leaves one whole slot behind. One caller at a time.
/// </summary>
internal sealed class EnergyLedgerFile(ILedgerSlots slots)
{
    private ulong _generation;
    private int _newest = 1;

    /// <summary>Reads both slots and takes the newer whole one. Damaged slots are set aside, never overwritten unread.</summary>
    public LedgerRecovery Open()
    {
        var best = EnergyLedger.Empty;
        var found = false;
        var damage = new List<string>();
        for (var slot = 0; slot < 2; slot++)
        {
            if (slots.Read(slot) is not { Length: > 0 } bytes)
                continue;
            if (!LedgerFormat.TryRead(bytes, out var ledger, out var generation))
            {
                damage.Add($"energy slot {slot} is damaged and was kept as {slots.SetAside(slot)}");
                continue;
            }
            if (found && generation <= _generation)
                continue;
            (best, _generation, _newest, found) = (ledger, generation, slot, true);
        }
        if (damage.Count > 0)
            damage.Add(found ? "the other slot is whole; at most the last second is lost" : "no whole slot is left; energy totals start again from the agents' own counters");
        return new LedgerRecovery(best, string.Join("; ", damage));
    }

    /// <summary>Stores a ledger durably. After an exception the newest stored ledger is still whole, and the same slot is tried next.</summary>
    public void Store(EnergyLedger ledger)
    {
        var slot = 1 - _newest;
        slots.Write(slot, LedgerFormat.Write(ledger, _generation + 1));
        (_generation, _newest) = (_generation + 1, slot);
    }
}

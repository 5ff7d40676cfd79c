using Homelab.Aggregator.Fleet;

namespace Homelab.Aggregator.Control;

/// <summary>What was found in storage at start.</summary>
/// <param name="Stored">The newest whole record; empty when there was none.</param>
/// <param name="Damage">What was wrong, one line for the log; empty when all was well.</param>
internal sealed record ControlRecovery(StoredControl Stored, string Damage);

/// <summary>The control loop's memory in two alternating slots: a crash at any moment leaves one whole slot behind. One caller at a time.</summary>
internal sealed class ControlFile(ILedgerSlots slots)
{
    private ulong _generation;
    private int _newest = 1;

    /// <summary>Reads both slots and takes the newer whole one. Damaged slots are set aside, never overwritten unread.</summary>
    public ControlRecovery Open()
    {
        StoredControl? best = null;
        var damage = new List<string>();
        for (var slot = 0; slot < 2; slot++)
        {
            if (slots.Read(slot) is not { Length: > 0 } bytes)
                continue;
            if (ControlFormat.Read(bytes, out var generation) is not { } stored)
            {
                damage.Add($"control slot {slot} is damaged and was kept as {slots.SetAside(slot)}");
                continue;
            }
            if (best is null || generation > _generation)
                (best, _generation, _newest) = (stored, generation, slot);
        }
        if (damage.Count > 0)
            damage.Add(best is not null ? "the other slot is whole" : "no whole slot is left; safe shares and epoch are learned from the agents as they join");
        return new ControlRecovery(best ?? StoredControl.Empty, string.Join("; ", damage));
    }

    /// <summary>Stores durably. After an exception the newest stored record is still whole, and the same slot is tried next.</summary>
    public void Store(StoredControl stored)
    {
        var slot = 1 - _newest;
        slots.Write(slot, ControlFormat.Write(stored, _generation + 1));
        (_generation, _newest) = (_generation + 1, slot);
    }
}

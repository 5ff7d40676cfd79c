namespace Homelab.Aggregator.Fleet.Learned;

/// <summary>What was found in storage at start.</summary>
/// <param name="Levels">The newest whole ones; empty when there were none.</param>
/// <param name="Damage">What was wrong, one line for the log; empty when all was well.</param>
internal sealed record LevelsRecovery(FleetLevels Levels, string Damage);

/// <summary>What is learned of the nodes, in two alternating slots: a crash at any moment leaves one whole slot behind. One caller at a time.</summary>
internal sealed class LevelsFile(ILedgerSlots slots)
{
    private ulong _generation;
    private int _newest = 1;

    /// <summary>Takes the newer whole slot; a damaged one is set aside. Nothing here stops the aggregator: without a file it learns anew.</summary>
    public LevelsRecovery Open()
    {
        FleetLevels? best = null;
        var damage = new List<string>();
        for (var slot = 0; slot < 2; slot++)
        {
            try
            {
                if (slots.Read(slot) is not { Length: > 0 } bytes)
                    continue;
                if (FleetLevels.Read(bytes, out var generation) is not { } levels)
                    damage.Add($"slot {slot} of the learned levels is damaged and was kept as {slots.SetAside(slot)}");
                else if (best is null || generation > _generation)
                    (best, _generation, _newest) = (levels, generation, slot);
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                damage.Add($"slot {slot} of the learned levels can not be read: {unreadable.Message}");
            }
        }
        if (damage.Count > 0)
            damage.Add(best is not null ? "the other slot is whole" : "no whole slot is left; idle, peak and baselines of the nodes are learned anew");
        return new LevelsRecovery(best ?? new FleetLevels(), string.Join("; ", damage));
    }

    /// <param name="payload">As of <see cref="FleetLevels.Write"/>. After an exception the newest stored slot is still whole, and the same one is tried next.</param>
    public void Store(ReadOnlySpan<byte> payload)
    {
        var slot = 1 - _newest;
        slots.Write(slot, FleetLevels.Seal(payload, _generation + 1));
        (_generation, _newest) = (_generation + 1, slot);
    }
}

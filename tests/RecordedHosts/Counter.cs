using Homelab.Units;

namespace Homelab.RecordedHosts;

/// <summary>A powercap energy counter: it starts somewhere, and wraps to zero after its range (<c>max_energy_range_uj</c>).</summary>
internal readonly record struct Counter(Energy Start, Energy Range)
{
    /// <summary>What <c>energy_uj</c> reads after an energy of zero or more was used.</summary>
    public Energy After(Energy used) => new((Start.Microjoules + used.Microjoules) % (Range.Microjoules + 1));
}

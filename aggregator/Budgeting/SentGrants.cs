using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>The grants on their way to one node: any of them may have arrived, or may yet.</summary>
internal sealed class SentGrants
{
    private const int Length = 8;
    private readonly ulong[] _sequences = new ulong[Length];
    private readonly Power[] _caps = new Power[Length];
    private readonly Power[] _safeShares = new Power[Length];
    private readonly TimeSpan[] _ends = new TimeSpan[Length];

    public int Count { get; private set; }

    /// <summary>The highest cap among them; zero when there are none.</summary>
    public Power HighestCap => Highest(_caps);

    /// <summary>The highest safe share among them; zero when there are none.</summary>
    public Power HighestSafeShare => Highest(_safeShares);

    /// <param name="ends">The earliest end of its lease, on our clock.</param>
    public void Add(ulong sequence, Power cap, Power safeShare, TimeSpan ends)
    {
        if (Count == Length)
            MergeOldest();
        (_sequences[Count], _caps[Count], _safeShares[Count], _ends[Count]) = (sequence, cap, safeShare, ends);
        Count++;
    }

    /// <summary>The node has taken <paramref name="sequence"/>: no older one can reach it any more.</summary>
    /// <returns>The cap taken, its lease's earliest end; null when it was not among them.</returns>
    public (Power Cap, TimeSpan Ends)? Settle(ulong sequence)
    {
        (Power, TimeSpan)? taken = null;
        var gone = 0;
        for (; gone < Count && _sequences[gone] <= sequence; gone++)
            taken = (_caps[gone], _ends[gone]);
        for (var i = gone; i < Count; i++)
            (_sequences[i - gone], _caps[i - gone], _safeShares[i - gone], _ends[i - gone]) = (_sequences[i], _caps[i], _safeShares[i], _ends[i]);
        Count -= gone;
        return taken;
    }

    public void Clear() => Count = 0;

    /// <summary>The two oldest as one that covers both.</summary>
    private void MergeOldest()
    {
        var (cap, safeShare, ends) = (Power.Max(_caps[0], _caps[1]), Power.Max(_safeShares[0], _safeShares[1]), _ends[0] < _ends[1] ? _ends[0] : _ends[1]);
        for (var i = 1; i < Count; i++)
            (_sequences[i - 1], _caps[i - 1], _safeShares[i - 1], _ends[i - 1]) = (_sequences[i], _caps[i], _safeShares[i], _ends[i]);
        (_caps[0], _safeShares[0], _ends[0]) = (cap, safeShare, ends);
        Count--;
    }

    private Power Highest(Power[] of)
    {
        var highest = Power.Zero;
        for (var i = 0; i < Count; i++)
            highest = Power.Max(highest, of[i]);
        return highest;
    }
}

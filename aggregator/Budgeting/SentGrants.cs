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
    private readonly TimeSpan[] _agentEnds = new TimeSpan[Length];

    public int Count { get; private set; }

    /// <summary>The highest cap among them; zero when there are none.</summary>
    public Power HighestCap => Highest(_caps);

    /// <summary>The highest safe share among them; zero when there are none.</summary>
    public Power HighestSafeShare => Highest(_safeShares);

    /// <param name="ends">The earliest end of its lease, on our clock.</param>
    /// <param name="agentEnds">The end of its lease, on the agent's clock.</param>
    public void Add(ulong sequence, Power cap, Power safeShare, TimeSpan ends, TimeSpan agentEnds)
    {
        if (Count == Length)
            MergeOldest();
        (_sequences[Count], _caps[Count], _safeShares[Count], _ends[Count], _agentEnds[Count]) = (sequence, cap, safeShare, ends, agentEnds);
        Count++;
    }

    /// <summary>The agent is alive at this time of its own clock: a lease that is over by then leaves no more than the safe share, whether it was taken or comes late.</summary>
    public void Outlive(TimeSpan agentNow, Power safeShare)
    {
        for (var i = 0; i < Count; i++)
        {
            if (_agentEnds[i] < agentNow)
                _caps[i] = Power.Min(_caps[i], Power.Max(_safeShares[i], safeShare));
        }
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
            Move(i, i - gone);
        Count -= gone;
        return taken;
    }

    public void Clear() => Count = 0;

    /// <summary>The two oldest as one that covers both.</summary>
    private void MergeOldest()
    {
        var (cap, safeShare, ends) = (Power.Max(_caps[0], _caps[1]), Power.Max(_safeShares[0], _safeShares[1]), _ends[0] < _ends[1] ? _ends[0] : _ends[1]);
        var agentEnds = _agentEnds[0] > _agentEnds[1] ? _agentEnds[0] : _agentEnds[1];
        for (var i = 1; i < Count; i++)
            Move(i, i - 1);
        (_caps[0], _safeShares[0], _ends[0], _agentEnds[0]) = (cap, safeShare, ends, agentEnds);
        Count--;
    }

    private void Move(int from, int to) =>
        (_sequences[to], _caps[to], _safeShares[to], _ends[to], _agentEnds[to]) = (_sequences[from], _caps[from], _safeShares[from], _ends[from], _agentEnds[from]);

    private Power Highest(Power[] of)
    {
        var highest = Power.Zero;
        for (var i = 0; i < Count; i++)
            highest = Power.Max(highest, of[i]);
        return highest;
    }
}

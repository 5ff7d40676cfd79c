using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>By what right this aggregator grants: its epoch, how much of the fleet it hears, and what may still be in force from before.</summary>
/// <remarks>
/// Nodes that it knows but does not hear may be under another aggregator, frozen at an old cap, or on their way back. While it hears more than half
/// of them no other can, and after <see cref="ControlPolicy.LastCapEnds"/> of that the others are at their safe shares; until then what it
/// hears only trades among itself. With half or less it is the smaller side of a split: its nodes go to their safe shares and stay there.
/// </remarks>
internal sealed class FleetTenure
{
    private readonly TimeSpan _start;
    private readonly uint _nonce;
    private readonly bool _hadMemory;
    private readonly TenureTerm _term;
    private readonly ulong _remembered;
    private bool _hasMajority;
    private bool _isWhole;
    private TimeSpan _majoritySince;
    private TimeSpan _minoritySince;
    private TimeSpan _calm;
    private TimeSpan _restart;
    private TimeSpan _moving;
    private bool _hasGuests;

    public FleetTenure(ControlMemory memory, uint nonce, TimeSpan start, TenureTerm term = default)
    {
        (_nonce, _start, _hadMemory, _term, _remembered) = (nonce, start, memory.HasLed, term, memory.Epoch);
        (_majoritySince, _minoritySince) = (start, start);
        Epoch = Compose(memory.Epoch);
    }

    public ulong Epoch { get; private set; }

    /// <summary>Another aggregator of a higher epoch is at work: this one grants nothing any more.</summary>
    public bool IsFenced { get; private set; }

    /// <summary>It hears half or fewer of the nodes it remembers.</summary>
    public bool IsMinority => !_hasMajority;

    /// <summary>Every node that it remembers is heard, and under its epoch.</summary>
    public bool IsWhole => _isWhole;

    /// <summary>A node said under which epoch it stands.</summary>
    public void See(ulong epoch, bool isRemembered, ControlPolicy policy, TimeSpan now)
    {
        // A fleet that we have forgotten is not ours to share out: its other nodes may be anywhere.
        var isForgotten = !_hadMemory || (_term.IsMemoryUncertain && epoch > _remembered);
        _hasGuests |= isForgotten && !isRemembered && epoch != 0 && epoch != Epoch;
        if (epoch <= Epoch || IsFenced)
            return;
        var hold = _hadMemory ? Calm(policy) : policy.AgentRestartLimit;
        if (now - _start < hold)
            Epoch = Compose(epoch);
        else
            IsFenced = true;
    }

    /// <summary>The operator switched capping on: the fleet that is here is the fleet.</summary>
    public void TakeOver() => _hasGuests = false;

    /// <summary>Counts who is heard; to be called before a round.</summary>
    public void Count(ReadOnlySpan<CapRequest> nodes, ControlPolicy policy, TimeSpan now)
    {
        (_calm, _restart, _moving) = (Calm(policy), policy.LastCapEnds, policy.TimeToLive + policy.SafeShareAfter);
        var (known, heard, ours) = (0, 0, 0);
        foreach (var request in nodes)
        {
            var node = request.Ledger;
            // Each by itself, also those of one machine: another aggregator that hears some of them counts them so, too.
            if (!node.IsRemembered)
                continue;
            known++;
            heard += node.IsHeard(now) ? 1 : 0;
            ours += node.IsHeard(now) && (node.TakenEpoch == Epoch || node.TakenEpoch == 0) ? 1 : 0;
        }
        var hasMajority = (known == 0 || heard * 2 > known) && !_hasGuests;
        if (hasMajority && !_hasMajority)
        {
            _majoritySince = now;
            _isWhole = false;
            if (now > _start)
                Rebase(nodes, now);
        }
        else if (!hasMajority && _hasMajority)
        {
            _minoritySince = now;
        }
        _hasMajority = hasMajority;
        _isWhole |= hasMajority && ours == known;
    }

    /// <summary>While true, Σ of what is heard does not rise.</summary>
    public bool IsZeroSum(TimeSpan now) => _hasMajority && !_isWhole && now - _majoritySince < _restart;

    public bool MayRaise(NodeLedger node, TimeSpan now)
    {
        if (_hasMajority)
            return _isWhole || now - _majoritySince >= _calm;
        // By now it would have moved to its safe share by itself, and others count on that.
        return now - (_minoritySince > node.JoinedAt ? _minoritySince : node.JoinedAt) >= _moving;
    }

    /// <summary>The most that a node of the smaller side may have.</summary>
    public Power Limit(Power target, NodeLedger node, TimeSpan now) =>
        _hasMajority || now - _minoritySince < _calm || node.SafeShare <= Power.Zero ? target : Power.Min(target, node.SafeShare);

    private static void Rebase(ReadOnlySpan<CapRequest> nodes, TimeSpan now)
    {
        foreach (var request in nodes)
            request.Ledger.Baseline = request.Ledger.IsHeard(now) && request.Ledger.Effective is not null ? request.Ledger.Held : Power.Zero;
    }

    private static TimeSpan Calm(ControlPolicy policy) => policy.TimeToLive + TimeSpan.FromSeconds(1);

    private ulong Compose(ulong seen) => (Math.Max((seen >> 20) + 1, _term.Number) << 20) | (_nonce & 0xFFFFF);
}

using Homelab.Units;

namespace Homelab.NodeAgent.Capping;

/// <summary>The node's side of the grant protocol as a pure state machine: offers and the time go in, the cap to hold comes out.</summary>
/// <remarks>
/// A lease that ends leaves min(cap, safe share), and <see cref="SafeShareAfter"/> later the safe share. A node that boots with a safe share in
/// its memory starts at it. There is no way from a cap to no cap but a release. All times are of one clock that nobody can set and that goes
/// on while the machine sleeps.
/// </remarks>
internal sealed class CapLease
{
    /// <summary>From the end of the lease; the aggregator counts on it.</summary>
    public static readonly TimeSpan SafeShareAfter = TimeSpan.FromSeconds(30);

    /// <summary>A longer lease is a mistake: a node must not stay at a cap for ever because nobody answers.</summary>
    public static readonly TimeSpan LongestLease = TimeSpan.FromMinutes(10);

    /// <summary>No node draws more; what is above it is garbage.</summary>
    public static readonly Power MostPower = Power.FromWatts(100_000);

    private Power? _cap;
    private TimeSpan _ends;

    public CapLease(LeaseMemory memory) => (Memory, Sequence) = (memory, memory.Sequence);

    private CapLease(CapLease other) =>
        (Memory, Sequence, _cap, _ends) = (other.Memory, other.Sequence, other._cap, other._ends);

    /// <summary>To be stored before the target it belongs to is acted on; the same instance while neither epoch nor safe share changes.</summary>
    public LeaseMemory Memory { get; private set; }

    /// <summary>Of the newest grant taken, within <see cref="LeaseMemory.Epoch"/>.</summary>
    public ulong Sequence { get; private set; }

    /// <summary>An independent twin, for those who explore what could happen next.</summary>
    public CapLease Copy() => new(this);

    /// <summary>Takes a grant in, or says why not. Whatever is not <see cref="OfferAnswer.Taken"/> leaves the node, now and later, no higher than it would have been.</summary>
    public OfferAnswer Offer(LeaseOffer offer, TimeSpan now)
    {
        if (offer.Epoch < Memory.Epoch)
            return OfferAnswer.OldEpoch;
        if (offer.Epoch == Memory.Epoch && offer.Sequence <= Sequence)
            return OfferAnswer.OldSequence;
        if (!IsSound(offer, now))
            return OfferAnswer.Invalid;
        var isDead = offer.TimeToLive > TimeSpan.Zero && now >= offer.Basis + offer.TimeToLive;
        if (isDead)
            Lower(offer, now);
        else
            Take(offer);
        return isDead ? OfferAnswer.OnlyLowered : OfferAnswer.Taken;
    }

    /// <summary>What the node is to be held to. Between two offers the answer changes only at <see cref="LeaseTarget.Until"/>.</summary>
    public LeaseTarget At(TimeSpan now)
    {
        var safe = Memory.SafeShare;
        if (_cap is { } cap)
        {
            if (now < _ends)
                return new LeaseTarget(cap, LeaseStanding.Live, _ends);
            if (safe is not { } share)
                return new LeaseTarget(cap, LeaseStanding.Expired, null);
            if (now < _ends + SafeShareAfter)
                return new LeaseTarget(Power.Min(cap, share), LeaseStanding.Expired, _ends + SafeShareAfter);
        }
        return new LeaseTarget(safe, safe is null ? LeaseStanding.None : LeaseStanding.Safe, null);
    }

    private void Take(LeaseOffer offer)
    {
        if (offer.IsRelease)
            _cap = null;
        else if (offer.Cap is { } cap)
            (_cap, _ends) = (cap, offer.Basis + offer.TimeToLive);
        Remember(offer, offer.IsRelease ? null : offer.SafeShare ?? Memory.SafeShare);
    }

    /// <summary>A grant that was held up: whatever in it would raise the node, now or later, is left out.</summary>
    private void Lower(LeaseOffer offer, TimeSpan now)
    {
        var target = At(now);
        if (!offer.IsRelease && offer.Cap is { } cap)
        {
            var ends = offer.Basis + offer.TimeToLive;
            var hadCap = _cap is not null;
            _cap = target.Cap is { } held ? Power.Min(held, cap) : cap;
            if (target.Standing != LeaseStanding.Live && (!hadCap || ends > _ends))
                _ends = ends;
        }
        var safe = Memory.SafeShare;
        if (!offer.IsRelease && offer.SafeShare is { } offered)
            safe = (safe ?? target.Cap) is { } kept ? Power.Min(kept, offered) : offered;
        Remember(offer, safe);
    }

    private void Remember(LeaseOffer offer, Power? safeShare)
    {
        Sequence = offer.Sequence;
        if (offer.Epoch != Memory.Epoch || safeShare != Memory.SafeShare)
            Memory = new LeaseMemory(offer.Epoch, offer.Sequence, safeShare);
    }

    private static bool IsSound(LeaseOffer offer, TimeSpan now)
    {
        if (offer.TimeToLive < TimeSpan.Zero || offer.TimeToLive > LongestLease || offer.Basis < TimeSpan.Zero || offer.Basis > now)
            return false;
        if (offer.IsRelease)
            return offer.Cap is null;
        if (offer.Cap is null ? offer.SafeShare is null : offer.TimeToLive == TimeSpan.Zero)
            return false;
        return IsPower(offer.Cap) && IsPower(offer.SafeShare);
    }

    private static bool IsPower(Power? power) => power is null || (power > Power.Zero && power <= MostPower);
}

using Homelab.Units;

namespace Homelab.NodeAgent.Capping;

/// <summary>The node's side of the grant protocol as a pure state machine: offers and the time go in, the cap to hold comes out.</summary>
/// <remarks>A lease that ends leaves min(cap, safe share); <see cref="SafeShareAfter"/> later the node may move to its safe share. A node that boots
/// with a safe share in its memory starts at it. There is no way from a cap to no cap but a release.</remarks>
internal sealed class CapLease
{
    /// <summary>From the end of the lease; the aggregator counts on it.</summary>
    public static readonly TimeSpan SafeShareAfter = TimeSpan.FromSeconds(30);

    private Power? _cap;
    private TimeSpan _ends;

    public CapLease(LeaseMemory memory) => Memory = memory;

    /// <summary>To be stored before the target it belongs to is acted on; the same instance while it does not change.</summary>
    public LeaseMemory Memory { get; private set; }

    public OfferAnswer Offer(LeaseOffer offer, TimeSpan now)
    {
        if (offer.Epoch < Memory.Epoch)
            return OfferAnswer.OldEpoch;
        if (offer.Epoch == Memory.Epoch && offer.Sequence <= Memory.Sequence)
            return OfferAnswer.OldSequence;
        Memory = new LeaseMemory(offer.Epoch, offer.Sequence, offer.IsRelease ? null : offer.SafeShare ?? Memory.SafeShare);
        (_cap, _ends) = (offer.Cap, offer.Basis + offer.TimeToLive);
        return now < _ends ? OfferAnswer.Taken : OfferAnswer.OnlyLowered;
    }

    public LeaseTarget At(TimeSpan now) => _cap is { } cap && now < _ends
        ? new LeaseTarget(cap, LeaseStanding.Live, _ends)
        : new LeaseTarget(Memory.SafeShare, Memory.SafeShare is null ? LeaseStanding.None : LeaseStanding.Safe, null);
}

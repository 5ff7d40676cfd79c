using Homelab.Units;

namespace Homelab.NodeAgent.Capping;

public sealed class CapLeaseTests
{
    [Fact]
    public void Offer_OfAnOlderEpoch_IsRefused()
    {
        var lease = new CapLease(new LeaseMemory(7, 3, Power.FromWatts(10)));
        var offer = new LeaseOffer(6, 9, Power.FromWatts(20), null, TimeSpan.Zero, TimeSpan.FromSeconds(5), false, "");
        Assert.Equal(OfferAnswer.OldEpoch, lease.Offer(offer, TimeSpan.Zero));
    }
}

using Homelab.NodeAgent.Capping;
using Homelab.Units;

namespace Homelab.ModelCheck;

public sealed class ProtocolTests
{
    [Fact]
    public void At_AfterTheLease_IsTheSafeShare()
    {
        var lease = new CapLease(LeaseMemory.Empty);
        lease.Offer(new LeaseOffer(1, 1, Power.FromWatts(20), Power.FromWatts(10), TimeSpan.Zero, TimeSpan.FromSeconds(5), false, ""), TimeSpan.Zero);
        Assert.Equal(Power.FromWatts(10), lease.At(TimeSpan.FromSeconds(60)).Cap);
    }
}

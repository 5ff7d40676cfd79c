using Homelab.Units;

namespace Homelab.NodeAgent.Actuators;

public sealed class PowerLimiterTests
{
    [Fact]
    public void Limit_OfAPower_HasNoFrequency() => Assert.Null(Limit.Of(Power.FromWatts(10)).Frequency);
}

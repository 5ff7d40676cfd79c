using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Fleet;

public sealed class SensorLimitTests
{
    [Theory]
    [InlineData("hwmon", "temp1_crit", "", "temp1", "crit")]
    [InlineData("hwmon", "power1_cap_max", "", "power1", "cap_max")]
    [InlineData("thermal", "trip_point_0", "passive", "temp", "throttle")]
    [InlineData("thermal", "trip_point_1", "critical", "temp", "crit")]
    [InlineData("powercap", "long_term", "package-0", "energy", "pl1")]
    [InlineData("powercap", "short_term_max", "package-0", "energy", "pl2_max")]
    [InlineData("powercap", "constraint_7", "package-0", "energy", "constraint_7")]
    public void Of_EachSourcesWords_NamesChannelAndKind(string source, string name, string label, string channel, string kind) =>
        Assert.Equal(new SensorLimit(channel, kind), SensorLimit.Of(Sample.Sensor(source, "d", name, Quantity.Power, SensorShape.Limit, label)));
}

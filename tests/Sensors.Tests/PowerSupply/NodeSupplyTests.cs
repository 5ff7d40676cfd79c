using Homelab.NodeAgent.Sensors.PowerSupply;

namespace Homelab.NodeAgent.Sensors.Tests.PowerSupply;

public sealed class NodeSupplyTests
{
    [Theory]
    [InlineData(nameof(SupplyStatus.Discharging), false, false, true, true)]
    [InlineData(nameof(SupplyStatus.Discharging), false, true, false, false)] // A weak adapter that the battery helps.
    [InlineData(nameof(SupplyStatus.Discharging), true, true, false, true)] // Behind a UPS the adapter never notices.
    [InlineData(nameof(SupplyStatus.Charging), false, false, true, false)] // An adapter that the kernel does not know.
    [InlineData(nameof(SupplyStatus.Unknown), false, false, true, true)]
    [InlineData(nameof(SupplyStatus.Unknown), false, false, false, null)]
    [InlineData(nameof(SupplyStatus.Full), false, false, false, false)]
    public void Judge_OneBattery_SaysWhatFeedsTheMachine(string status, bool isUps, bool online, bool isOffline, bool? expected) =>
        Assert.Equal(expected, NodeSupply.Judge([Enum.Parse<SupplyStatus>(status)], [isUps], online, isOffline));

    [Fact]
    public void Judge_EveryCombination_NeverSaysBatteryWhileAnAdapterFeedsALaptop()
    {
        foreach (var first in Enum.GetValues<SupplyStatus>())
        {
            foreach (var second in Enum.GetValues<SupplyStatus>())
                Assert.False(NodeSupply.Judge([first, second], [false, false], online: true, isOffline: false));
        }
    }
}

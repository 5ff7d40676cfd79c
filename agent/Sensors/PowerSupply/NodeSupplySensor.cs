using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.PowerSupply;

/// <summary>A reading about the machine's supply as a whole: <c>on_battery</c> (0 or 1) or <c>discharge</c> (W).</summary>
internal sealed class NodeSupplySensor(SensorInfo info, NodeSupply supply) : ISensor
{
    private static readonly Reading Unsaid = Reading.None(Quality.Unsupported, "neither adapter nor battery says what feeds the machine");

    public SensorInfo Info => info;

    public Reading Read() => info.Quantity == Quantity.Power
        ? supply.Discharge()
        : supply.IsOnBattery() is { } isOnBattery ? Reading.Ok(isOnBattery ? 1_000_000 : 0) : Unsaid;
}

using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.PowerSupply;

/// <summary>Watts or amperes of one battery: positive leaves it, negative charges it.</summary>
internal sealed class FlowSensor(SensorInfo info, BatteryFlow flow) : ISensor
{
    private static readonly Reading NoFigure = Reading.None(Quality.Unsupported, "0 while discharging: the driver has no figure yet");
    private static readonly Reading NoDirection = Reading.None(Quality.Unsupported, "the status does not say which way it flows");

    public SensorInfo Info => info;

    public Reading Read() => Directed(flow.Status(), info.Quantity == Quantity.Power ? flow.Power() : flow.Current());

    internal static Reading Directed(SupplyStatus status, Reading magnitude) => (magnitude.Quality, status, magnitude.Micros) switch
    {
        (not Quality.Ok, _, _) => magnitude,
        (_, SupplyStatus.Discharging, 0) => NoFigure,
        (_, SupplyStatus.Discharging, _) or (_, _, 0) => magnitude,
        (_, SupplyStatus.Charging, { } micros) => Reading.Ok(-micros),
        _ => NoDirection,
    };
}

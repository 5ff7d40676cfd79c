using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.PowerSupply;

/// <summary>Whether an adapter feeds the machine, as a flag; the file also knows a second kind of yes.</summary>
internal sealed class OnlineSensor(FileSensor file) : ISensor
{
    private readonly FollowedFile _file = new(file);

    public SensorInfo Info => file.Info;

    public Reading Read() => _file.Read() is { Quality: Quality.Ok, Micros: > 0 } ? Reading.Ok(1_000_000) : file.Last;
}

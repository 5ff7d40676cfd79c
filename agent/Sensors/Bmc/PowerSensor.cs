using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Bmc;

/// <summary>One of a controller's figures of the whole machine.</summary>
internal sealed class PowerSensor(SensorInfo info, BoardController controller, PowerChannel channel) : ISensor
{
    private uint _used;

    public PowerSensor(string device, string path, BoardController controller, PowerChannel channel)
        : this(new SensorInfo("ipmi", device, channel.Name(), "dcmi", Quantity.Power, SensorShape.Gauge, path), controller, channel)
    {
    }

    public SensorInfo Info => info;

    public Reading Read() => controller.Read(channel, ref _used);
}

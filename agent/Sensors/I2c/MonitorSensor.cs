using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.I2c;

/// <summary>One channel of a monitor, or of its ALERT pin.</summary>
internal sealed class MonitorSensor : ISensor
{
    private const int Active = -1;
    private const int Edges = -2;

    private static readonly Reading NoAnswer = Reading.Late("the adapter of this bus does not answer; other buses are read");

    private readonly BusTeam _team;
    private readonly BusSeat _bus;
    private readonly MonitorSeat _seat;
    private readonly int _channel;
    private uint _used;

    private MonitorSensor(BusTeam team, BusSeat bus, MonitorSeat seat, int channel, SensorInfo info)
    {
        (_team, _bus, _seat, _channel, Info) = (team, bus, seat, channel, info);
    }

    public SensorInfo Info { get; }

    public Reading Read()
    {
        _team.Look(ref _used);
        if (_bus.IsLate)
            return NoAnswer;
        return _channel switch
        {
            Active => _seat.Alert!.Active,
            Edges => _seat.Alert!.Edges,
            _ => _seat.Monitor.Last(_channel),
        };
    }

    /// <summary>All sensors of a monitor; those of the chip only where no driver of the kernel has it.</summary>
    public static void List(string source, BusTeam team, BusSeat bus, MonitorSeat seat, List<ISensor> into)
    {
        var spec = seat.Monitor.Chip.Spec;
        var channels = seat.Monitor.Chip.Channels;
        for (var i = 0; i < channels.Count && seat.Monitor.State != MonitorState.Yielded; i++)
        {
            var channel = channels[i];
            into.Add(new MonitorSensor(team, bus, seat, i, new SensorInfo(
                source, spec.Device, channel.Name, channel.Label, channel.Quantity, channel.Shape, spec.Node, channel.WrapMicros)));
        }
        if (seat.Alert is not { } alert)
            return;
        var path = alert.Node.Length > 0 ? alert.Node : "/dev/gpiochip*";
        into.Add(new MonitorSensor(team, bus, seat, Active, new SensorInfo(source, spec.Device, "alert", alert.Name.ToString(), Quantity.State, SensorShape.Gauge, path)));
        into.Add(new MonitorSensor(team, bus, seat, Edges, new SensorInfo(source, spec.Device, "alerts", alert.Name.ToString(), Quantity.Count, SensorShape.Counter, path)));
    }
}

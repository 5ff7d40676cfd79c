namespace Homelab.NodeAgent.Sensors.Nvidia;

/// <summary>One channel of a <see cref="NvidiaGpu"/>.</summary>
internal sealed class NvidiaSensor : ISensor
{
    private readonly NvidiaTeam _team;
    private readonly NvidiaSeat _seat;
    private readonly NvidiaChannel _channel;
    private uint _used;

    public NvidiaSensor(string source, NvidiaTeam team, NvidiaSeat seat, NvidiaChannel channel)
    {
        (_team, _seat, _channel) = (team, seat, channel);
        var (name, label, quantity, shape) = NvidiaChannelInfo.All[(int)channel];
        Info = new SensorInfo(source, "nvidia@" + seat.Gpu.Address, name, label, quantity, shape, seat.Gpu.Path)
        {
            Product = seat.Gpu.ProductName,
            Uuid = seat.Gpu.Uuid,
            Driver = seat.Gpu.Driver,
        };
    }

    public SensorInfo Info { get; }

    public Reading Read() => _team.Read(_seat, _channel, ref _used);
}

namespace Homelab.NodeAgent.Sensors.Nvidia;

/// <summary>One channel of a <see cref="NvidiaGpu"/>.</summary>
internal sealed class NvidiaSensor : ISensor
{
    private readonly NvidiaGpu _gpu;
    private readonly NvidiaChannel _channel;
    private uint _used;

    public NvidiaSensor(string source, NvidiaGpu gpu, NvidiaChannel channel)
    {
        (_gpu, _channel) = (gpu, channel);
        var (name, label, quantity, shape) = NvidiaChannelInfo.All[(int)channel];
        Info = new SensorInfo(source, "nvidia@" + gpu.Address, name, label, quantity, shape, gpu.Path);
    }

    public SensorInfo Info { get; }

    public Reading Read() => _gpu.Read(_channel, ref _used);
}

using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Devfreq;

/// <summary>Busy share of one NPU core, or of the only one.</summary>
internal sealed class NpuLoadSensor(SensorInfo info, SharedFile file, int? core) : ISensor
{
    private readonly ReadFailure _failure = new(info.Path);
    private readonly Bounds _bounds = Plausibility.For(Quantity.Ratio, SensorShape.Gauge);
    private uint _used;

    public SensorInfo Info => info;

    public Reading Read()
    {
        var count = file.Read(ref _used, out var text);
        if (count < 0)
            return _failure.Of(-count);
        if (!NpuLoadText.TryPercent(text, core, out var percent))
            return _failure.OfGarbage("a percentage for this core");
        var micros = percent * 10_000L;
        return _bounds.Reject(micros) is { } reason ? Reading.Implausible(micros, reason) : Reading.Ok(micros);
    }
}

using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Cpu;

/// <summary>Busy share of all CPUs between two looks at <c>/proc/stat</c>.</summary>
internal sealed class UtilizationSensor(SensorInfo info, SharedFile stat, CpuTimes baseline) : ISensor
{
    private readonly ReadFailure _failure = new(info.Path);
    private CpuTimes _previous = baseline;
    private Reading _last = Reading.None(Quality.Unsupported, "no clock tick has passed since the first look");
    private uint _used;

    public SensorInfo Info => info;

    public Reading Read()
    {
        var count = stat.Read(ref _used, out var text);
        if (count < 0)
            return _failure.Of(-count);
        if (!CpuTimes.TryParse(text, out var now))
            return _failure.OfGarbage("a line of CPU times");
        var total = now.Total - _previous.Total;
        var busy = now.Busy - _previous.Busy;
        // Two looks within one tick say nothing new; a step back is the kernel correcting itself or a CPU that left.
        if (total == 0 && busy == 0)
            return _last;
        _previous = now;
        if (total <= 0)
            return _last;
        var ratio = (long)((Int128)Math.Clamp(busy, 0, total) * 1_000_000 / total);
        return _last = Reading.Ok(ratio);
    }
}

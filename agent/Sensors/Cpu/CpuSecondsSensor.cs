namespace Homelab.NodeAgent.Sensors.Cpu;

/// <summary>A CPU-seconds counter from <c>/proc/stat</c> that never steps back by less than a minute.</summary>
/// <remarks>The kernel takes iowait back and drops the time of a CPU that leaves. A small step back is held at the highest value seen;
/// a large one is passed on, and the reader takes it for a reset.</remarks>
internal sealed class CpuSecondsSensor(SensorInfo info, SharedFile stat, Func<CpuTimes, long> field) : ISensor
{
    private const long TicksPerMinute = 6_000;
    private const long MicrosPerTick = 10_000;

    private readonly ReadFailure _failure = new(info.Path);
    private long _highest;
    private uint _used;

    public SensorInfo Info => info;

    public Reading Read()
    {
        var count = stat.Read(ref _used, out var text);
        if (count < 0)
            return _failure.Of(-count);
        if (!CpuTimes.TryParse(text, out var times))
            return _failure.OfGarbage("a line of CPU times");
        var ticks = field(times);
        if (ticks > _highest || _highest - ticks > TicksPerMinute)
            _highest = ticks;
        return Reading.Ok(new Scale(MicrosPerTick).Apply(_highest));
    }
}

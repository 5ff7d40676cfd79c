using Homelab.NodeAgent.Perf;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.PowerPmu;

/// <summary>One energy event of one package, opened once and kept: a count begins at 0 when it is opened.</summary>
internal sealed class PmuCounter(IPerfCounters counters, string path, uint type, ulong config, int cpu, EnergyScale scale) : IDisposable
{
    private static readonly Reading Overrun = Reading.Implausible(long.MaxValue, "more joules than can be counted");

    private readonly ReadFailure _failure = new(path);
    private int _descriptor = -1;

    /// <summary>Why it could not be opened; 0 while it is open.</summary>
    public int ShutBy { get; private set; }

    public bool IsSame(uint otherType, ulong otherConfig, int otherCpu, EnergyScale otherScale) => (type, config, cpu, scale) == (otherType, otherConfig, otherCpu, otherScale);

    /// <summary>Opens it when it is not.</summary>
    public void Open()
    {
        if (_descriptor >= 0)
            return;
        var result = counters.Open(type, config, cpu);
        (_descriptor, ShutBy) = result >= 0 ? (result, 0) : (-1, -result);
    }

    public Reading Read()
    {
        if (_descriptor < 0)
            return _failure.Of(ShutBy, ShutBy == Errno.NotPermitted || ShutBy == Errno.Access ? Quality.Denied : Errno.ToQuality(ShutBy), "");
        var result = counters.Read(_descriptor, out var count);
        if (result == 0)
            return scale.Apply(count) is var micros && micros < long.MaxValue ? Reading.Ok(micros) : Overrun;
        if (result is -Errno.NoDevice or -Errno.NoDeviceOrAddress or -Errno.NoData)
        {
            // Its processor was taken away: the next search opens it on another.
            Dispose();
            ShutBy = -result;
            return _failure.Of(ShutBy, Quality.Fault, ": gone");
        }
        return _failure.Of(-result);
    }

    public void Dispose()
    {
        if (_descriptor >= 0)
            counters.Close(_descriptor);
        _descriptor = -1;
    }
}

using Homelab.NodeAgent.Perf;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.PowerPmu;

/// <summary>One energy event of one package, opened once and kept: a count begins at 0 when it is opened.</summary>
internal sealed class PmuCounter(IPerfCounters counters, string path) : IDisposable
{
    private static readonly Reading Overrun = Reading.Implausible(long.MaxValue, "more joules than can be counted");

    private readonly ReadFailure _failure = new(path);
    private int _descriptor = -1;
    private PmuTarget? _target;

    /// <summary>Why it could not be opened; 0 while it is open.</summary>
    public int ShutBy { get; private set; }

    /// <summary>Opens it when it is not, or counts something else: sensors outlive a package whose first processor is taken away.</summary>
    public void Open(PmuTarget target)
    {
        if (_descriptor >= 0 && _target is { } counted && counted.IsSame(target))
            return;
        Dispose();
        _target = target;
        var result = counters.Open(target.Type, target.Config, target.Cpu);
        (_descriptor, ShutBy) = result >= 0 ? (result, 0) : (-1, -result);
    }

    public Reading Read()
    {
        if (_descriptor < 0 || _target is null)
            return _failure.Of(ShutBy, ShutBy == Errno.NotPermitted || ShutBy == Errno.Access ? Quality.Denied : Errno.ToQuality(ShutBy), "");
        var result = counters.Read(_descriptor, out var count);
        if (result == 0)
            return _target.Scale.Apply(count) is var micros && micros < long.MaxValue ? Reading.Ok(micros) : Overrun;
        if (result is -Errno.NoDevice or -Errno.NoDeviceOrAddress or -Errno.NoData)
        {
            // Its processor was taken away: the next search opens it on another.
            Dispose();
            ShutBy = -result;
            return _failure.Of(ShutBy, Quality.Fault, Reading.Gone);
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

/// <summary>What is counted, and where.</summary>
/// <param name="type">The unit's number.</param>
/// <param name="config">The event's.</param>
/// <param name="cpu">A processor of the package.</param>
/// <param name="scale">Of one count.</param>
internal sealed class PmuTarget(uint type, ulong config, int cpu, EnergyScale scale)
{
    public uint Type => type;

    public ulong Config => config;

    public int Cpu => cpu;

    public EnergyScale Scale => scale;

    public bool IsSame(PmuTarget other) =>
        type == other.Type && config == other.Config && cpu == other.Cpu && scale.MicrojoulesTimes2To64 == other.Scale.MicrojoulesTimes2To64;
}

using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Cpu;

/// <summary>How busy the node's processors are, all together.</summary>
/// <remarks>Source: <c>/proc/stat</c>, first line, proc_stat(5); one read serves the three sensors. Device <c>cpu</c>:
/// <c>utilization</c> = busy share of the time since this sensor was last read (since discovery at first);
/// <c>busy</c> and <c>total</c> = CPU-seconds since boot, summed over CPUs.</remarks>
internal sealed class CpuUseSource : ISensorSource
{
    private const string File = "/proc/stat";

    public string Name => "cpu";

    public Discovery Discover(HostRoot root)
    {
        Span<byte> first = stackalloc byte[512];
        var count = root.Files.Read(root.Locate(File), first);
        if (count < 0)
            return Discovery.Nothing(Absence(root, -count));
        _ = CpuTimes.TryParse(first[..count], out var baseline);
        var stat = new SharedFile(root, File, first.Length);
        return Discovery.Of(
        [
            new UtilizationSensor(Info("utilization", Quantity.Ratio, SensorShape.Gauge), stat, baseline),
            new CpuSecondsSensor(Info("busy", Quantity.Duration, SensorShape.Counter), stat, static times => times.Busy),
            new CpuSecondsSensor(Info("total", Quantity.Duration, SensorShape.Counter), stat, static times => times.Total),
        ]);
    }

    private static Finding Absence(HostRoot root, int errno)
    {
        const string meaning = "CPU use is unknown, and so is a modelled power.", unit = "a systemd unit needs ProcSubset=all";
        return errno is Errno.NoEntry or Errno.Access or Errno.NotPermitted
            ? new(errno == Errno.NoEntry ? FindingKind.Missing : FindingKind.Denied, File, Errno.Name(errno), meaning, root.IsElsewhere ? Remedy.ShowMachine(root) + "; " + unit : unit)
            : new(FindingKind.Broken, File, Errno.Name(errno), meaning, "");
    }

    private SensorInfo Info(string name, Quantity quantity, SensorShape shape) => new(Name, "cpu", name, "", quantity, shape, File);
}

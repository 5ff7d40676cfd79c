using System.Globalization;
using System.Text;

namespace Homelab.NodeAgent.Sensors.Machine;

internal enum ProcessorMaker
{
    /// <summary>Nobody says: no <c>/proc/cpuinfo</c>, or a maker that no finding talks about.</summary>
    Unknown = 0,
    Intel,
    Amd,
    Arm,
}

/// <summary>Who made the processor, and its generation. For findings only: sensors are found by their files.</summary>
/// <param name="Maker">From <c>vendor_id</c>; <see cref="ProcessorMaker.Arm"/> where there is a <c>CPU implementer</c>.</param>
/// <param name="Family">x86's <c>cpu family</c>; 0 where it is not told.</param>
internal readonly record struct Processor(ProcessorMaker Maker, int Family)
{
    /// <summary>AMD's first with RAPL counters (drivers/powercap/intel_rapl_common.c).</summary>
    private const int Zen = 0x17;

    /// <summary>False for those that are known to have no energy counter: then there is no driver to load.</summary>
    public bool CountsEnergy => Maker == ProcessorMaker.Intel || (Maker == ProcessorMaker.Amd && (Family == 0 || Family >= Zen));

    /// <remarks>Source: the first processor of <c>/proc/cpuinfo</c>.</remarks>
    public static Processor Read(HostRoot root)
    {
        Span<byte> buffer = stackalloc byte[4096];
        var count = root.Files.Read(root.Locate("/proc/cpuinfo"), buffer);
        if (count <= 0)
            return default;
        var (maker, family) = (ProcessorMaker.Unknown, 0);
        foreach (var line in Encoding.UTF8.GetString(buffer[..count]).AsSpan().EnumerateLines())
        {
            var colon = line.IndexOf(':');
            if (colon < 0)
                continue;
            var key = line[..colon].Trim();
            var value = line[(colon + 1)..].Trim();
            if (key.SequenceEqual("CPU implementer"))
                maker = ProcessorMaker.Arm;
            else if (key.SequenceEqual("vendor_id"))
                maker = value.SequenceEqual("GenuineIntel") ? ProcessorMaker.Intel : value.SequenceEqual("AuthenticAMD") ? ProcessorMaker.Amd : maker;
            else if (family == 0 && key.SequenceEqual("cpu family") && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                family = number;
        }
        return new Processor(maker, family);
    }
}

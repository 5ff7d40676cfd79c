using System.Buffers.Text;

namespace Homelab.NodeAgent.Sensors.Cpu;

/// <summary>The first line of <c>/proc/stat</c>: time of all CPUs together since boot, in ticks of 1/100 s.</summary>
/// <param name="Busy">user + nice + system + irq + softirq + steal. Guest time is inside user already.</param>
/// <param name="Total">Busy + idle + iowait. May step back: the kernel corrects iowait.</param>
internal readonly record struct CpuTimes(long Busy, long Total)
{
    private const int Fields = 8;
    private const int Idle = 3;
    private const int IoWait = 4;

    /// <summary>False unless the text starts with <c>cpu</c> and at least user, nice, system and idle; missing later fields count as 0.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out CpuTimes times)
    {
        times = default;
        if (!text.StartsWith("cpu "u8))
            return false;
        var end = text.IndexOf((byte)'\n');
        var line = end < 0 ? text[4..] : text[4..end];
        long busy = 0, rest = 0;
        var field = 0;
        for (; field < Fields; field++)
        {
            line = line.TrimStart((byte)' ');
            if (line.IsEmpty)
                break;
            // 2^53 ticks are 2.8 million years of one CPU: more is garbage, and less can not overflow a sum of eight.
            if (!Utf8Parser.TryParse(line, out long ticks, out var used) || ticks is < 0 or > (1L << 53) || (used < line.Length && line[used] != (byte)' '))
                return false;
            if (field is Idle or IoWait)
                rest += ticks;
            else
                busy += ticks;
            line = line[used..];
        }
        times = new CpuTimes(busy, busy + rest);
        return field > Idle;
    }
}

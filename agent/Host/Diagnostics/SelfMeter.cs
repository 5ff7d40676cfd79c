using System.Globalization;
using Homelab.NodeAgent.Sampling;

namespace Homelab.NodeAgent.Diagnostics;

/// <summary>Measures the agent itself, at most every ten seconds: a program that costs little need not be watched closely.</summary>
/// <remarks>Source: <c>/proc/self/statm</c>, proc_pid_statm(5), second field in pages. Always the running machine's /proc, never a replay's.</remarks>
internal sealed class SelfMeter(IPseudoFiles files, MonotonicClock clock)
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(10);

    private SelfCost _last;
    private TimeSpan? _at;

    public SelfCost Read()
    {
        if (_at is { } at && clock.Now - at < Pace)
            return _last;
        _at = clock.Now;
        return _last = new SelfCost(Resident(), Environment.CpuUsage.TotalTime);
    }

    private long Resident()
    {
        Span<byte> text = stackalloc byte[128];
        var count = files.Read("/proc/self/statm", text);
        return count > 0 ? ResidentPages(text[..count]) * Environment.SystemPageSize : 0;
    }

    /// <summary>The second field of a statm line; 0 when there is none.</summary>
    internal static long ResidentPages(ReadOnlySpan<byte> statm)
    {
        var first = statm.IndexOf((byte)' ');
        if (first < 0)
            return 0;
        var rest = statm[(first + 1)..];
        var end = rest.IndexOf((byte)' ');
        return long.TryParse(end < 0 ? rest : rest[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var pages) ? pages : 0;
    }
}

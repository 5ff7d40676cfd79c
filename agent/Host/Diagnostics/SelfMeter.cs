using System.Globalization;
using Homelab.NodeAgent.Sampling;
using Microsoft.Extensions.Logging;

namespace Homelab.NodeAgent.Diagnostics;

/// <summary>Measures the agent itself, at most every ten seconds: a program that costs little need not be watched closely.</summary>
/// <remarks>Source: <c>/proc/self/statm</c>, proc_pid_statm(5), second field in pages. Always the running machine's /proc, never a replay's.</remarks>
internal sealed class SelfMeter(IPseudoFiles files, MonotonicClock clock)
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(10);

    private static readonly PseudoPath Statm = "/proc/self/statm";

    private SelfCost _last;
    private TimeSpan? _at;
    private long _passes;
    private long _passTicks;
    private long _passBytes;

    public SelfCost Read()
    {
        if (_at is { } at && clock.Now - at < Pace)
            return _last;
        _at = clock.Now;
        return _last = new SelfCost(Resident(), Environment.CpuUsage.TotalTime);
    }

    /// <summary>Counts a pass: reading and deriving, without sending. The sampling loop only.</summary>
    /// <param name="allocated">By any thread meanwhile.</param>
    public void Passed(TimeSpan took, long allocated)
    {
        Interlocked.Add(ref _passBytes, allocated);
        Interlocked.Increment(ref _passes);
        Interlocked.Add(ref _passTicks, took.Ticks);
    }

    /// <summary>Logs everything that the agent has cost since it started. Two such lines say what a pass costs, sending included. Any thread.</summary>
    public void Tell(ILogger log) => Log.Cost(
        log, Interlocked.Read(ref _passes), Interlocked.Read(ref _passTicks) / TimeSpan.TicksPerMicrosecond,
        (long)Environment.CpuUsage.TotalTime.TotalMicroseconds, GC.GetTotalAllocatedBytes(precise: true), Interlocked.Read(ref _passBytes), Resident());

    private long Resident()
    {
        Span<byte> text = stackalloc byte[128];
        var count = files.Read(Statm, text);
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

using System.Globalization;

namespace Homelab.NodeAgent.Diagnostics;

/// <summary>Lets go of the program's and its libraries' pages that only starting and connecting touched: a third of the resident memory.</summary>
/// <remarks>
/// The kernel maps sixteen pages around each one touched, and never takes them back on a machine that is not short of memory. What the steady
/// state needs comes back within a pass, from the page cache, without disk. Only mappings without a dirty page are dropped: the relocated
/// ones (RELRO) would come back unrelocated. Source: proc_pid_smaps(5), Documentation/admin-guide/sysctl/vm.rst (fault-around).
/// </remarks>
internal sealed class StartPages : IDisposable
{
    private static readonly TimeSpan AfterStart = TimeSpan.FromSeconds(5);

    /// <summary>The search for hardware each minute, and each lost connection, touch them again.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMinutes(1);

    private readonly ITimer _timer;

    public StartPages(TimeProvider time) => _timer = time.CreateTimer(static _ => Drop(), null, AfterStart, Pace);

    public void Dispose() => _timer.Dispose();

    private static void Drop()
    {
        try
        {
            foreach (var range in CleanRanges(File.ReadLines("/proc/self/smaps")))
                _ = MemoryInterop.Advise(range.Start, range.Length, MemoryInterop.DoNotNeed);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Without /proc the pages stay: that costs memory and nothing else.
        }
    }

    /// <summary>Mappings of files that can not be written and hold no page of our own.</summary>
    /// <param name="smaps">Lines of /proc/PID/smaps.</param>
    internal static IReadOnlyList<PageRange> CleanRanges(IEnumerable<string> smaps)
    {
        var ranges = new List<PageRange>();
        PageRange? candidate = null;
        foreach (var line in smaps)
        {
            if (TryHeader(line, out var range))
                candidate = range;
            else if (candidate is not null && line.StartsWith("Private_Dirty:", StringComparison.Ordinal))
            {
                if (line.AsSpan("Private_Dirty:".Length).Trim().SequenceEqual("0 kB"))
                    ranges.Add(candidate);
                candidate = null;
            }
        }
        return ranges;
    }

    /// <summary><c>START-END PERMISSIONS OFFSET DEVICE INODE   PATH</c>; the range is null for writable mappings and for memory without a file.</summary>
    private static bool TryHeader(string line, out PageRange? range)
    {
        range = null;
        var dash = line.IndexOf('-', StringComparison.Ordinal);
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        if (dash <= 0 || space < dash
            || !ulong.TryParse(line.AsSpan(0, dash), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var start)
            || !ulong.TryParse(line.AsSpan(dash + 1, space - dash - 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var end))
            return false;
        if (line.Contains(" /", StringComparison.Ordinal) && line.AsSpan(space + 1, 4) is "r-xp" or "r--p")
            range = new PageRange((nint)start, (nuint)(end - start));
        return true;
    }
}

/// <summary>A stretch of the process's addresses.</summary>
internal sealed record PageRange(nint Start, nuint Length);

using System.Buffers.Text;
using System.Text;

namespace Homelab.NodeAgent.Diagnostics;

/// <summary>Lets go of the program's and its libraries' pages that only starting and connecting touched: a third of the resident memory.</summary>
/// <remarks>
/// The kernel maps sixteen pages around each one touched, and never takes them back on a machine that is not short of memory. What the steady
/// state needs comes back within a pass, from the page cache, without disk. Only mappings without a page of our own are dropped, neither dirty nor
/// anonymous nor swapped out: the relocated ones (RELRO) would come back unrelocated. Source: proc_pid_smaps(5), Documentation/admin-guide/sysctl/vm.rst (fault-around).
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
        // What starting and searching left behind: a program that then allocates next to nothing would keep it for most of an hour.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        try
        {
            // Its bytes: a program that reads it each minute for years need not make a thousand strings of it.
            using var smaps = new StreamReader("/proc/self/smaps", Encoding.ASCII, detectEncodingFromByteOrderMarks: false, bufferSize: 128);
            CleanRanges(smaps.BaseStream, static (start, length) => _ = MemoryInterop.Advise(start, length, MemoryInterop.DoNotNeed));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Without /proc the pages stay: that costs memory and nothing else.
        }
    }

    /// <summary>Mappings of files that can not be written and hold no page of our own.</summary>
    /// <param name="smaps">/proc/PID/smaps.</param>
    /// <param name="found">Gets start and length of each.</param>
    internal static void CleanRanges(Stream smaps, Action<nint, nuint> found)
    {
        Span<byte> buffer = stackalloc byte[4096];
        var (held, start, length) = (0, (nint)0, (nuint)0);
        int count;
        while ((count = smaps.Read(buffer[held..])) > 0)
        {
            ReadOnlySpan<byte> text = buffer[..(held + count)];
            for (int end; (end = text.IndexOf((byte)'\n')) >= 0; text = text[(end + 1)..])
            {
                var line = text[..end];
                if (IsHeader(line, ref start, ref length))
                    continue;
                var isLast = line.StartsWith("Swap:"u8);
                if (!isLast && !line.StartsWith("Private_Dirty:"u8) && !line.StartsWith("Anonymous:"u8))
                    continue;
                if (!line[(line.IndexOf((byte)':') + 1)..].Trim((byte)' ').SequenceEqual("0 kB"u8))
                    length = 0;
                if (isLast && length > 0)
                    found(start, length);
                if (isLast)
                    length = 0;
            }
            // No line of ours is that long, but a path may be.
            held = text.Length == buffer.Length ? 0 : text.Length;
            text[..held].CopyTo(buffer);
        }
    }

    /// <summary><c>START-END PERMISSIONS OFFSET DEVICE INODE   PATH</c>; the length is 0 for writable mappings and for memory without a file.</summary>
    private static bool IsHeader(ReadOnlySpan<byte> line, ref nint start, ref nuint length)
    {
        var (dash, space) = (line.IndexOf((byte)'-'), line.IndexOf((byte)' '));
        if (dash <= 0 || space < dash
            || !Utf8Parser.TryParse(line[..dash], out ulong from, out var fromDigits, 'x') || fromDigits != dash
            || !Utf8Parser.TryParse(line[(dash + 1)..space], out ulong to, out var toDigits, 'x') || toDigits != space - dash - 1)
            return false;
        var isClean = line.IndexOf(" /"u8) >= 0 && (line[(space + 1)..].StartsWith("r-xp"u8) || line[(space + 1)..].StartsWith("r--p"u8));
        (start, length) = ((nint)from, isClean ? (nuint)(to - from) : 0);
        return true;
    }
}

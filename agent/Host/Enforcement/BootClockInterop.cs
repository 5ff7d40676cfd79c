using System.Runtime.InteropServices;

namespace Homelab.NodeAgent.Enforcement;

/// <summary>libc's clocks. Source: clock_gettime(2).</summary>
internal static partial class BootClockInterop
{
    /// <summary>CLOCK_BOOTTIME: monotonic, and goes on while the machine sleeps.</summary>
    private const int BootTime = 7;

    /// <summary>Time since boot, sleep included; null where the kernel has no such clock.</summary>
    public static TimeSpan? Now() =>
        GetTime(BootTime, out var time) == 0 ? TimeSpan.FromTicks(((long)time.Seconds * TimeSpan.TicksPerSecond) + ((long)time.Nanoseconds / 100)) : null;

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetTime(int clock, out TimeSpec time);

    /// <summary>struct timespec: both members are as wide as a register on Linux.</summary>
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}

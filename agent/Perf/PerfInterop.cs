using System.Runtime.InteropServices;

namespace Homelab.NodeAgent.Perf;

/// <summary>The start of <c>struct perf_event_attr</c> as its first version had it; every kernel takes the rest for 0.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PerfAttributes
{
    public uint Type;
    public uint Size;
    public ulong Config;
    public ulong SamplePeriod;
    public ulong SampleType;
    public ulong ReadFormat;
    public ulong Flags;
    public uint WakeupEvents;
    public uint BreakpointType;
    public ulong BreakpointAddress;
}

/// <summary>The libc calls behind <see cref="PerfCounters"/>. glibc has no function of its own for the system call.</summary>
internal static unsafe partial class PerfInterop
{
    /// <summary>Number of <c>perf_event_open</c>; 0 on a processor that is not known here.</summary>
    public static readonly nint EventOpen = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 298,
        Architecture.Arm64 => 241,
        _ => 0,
    };

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint Call(nint number, PerfAttributes* attributes, nint process, nint cpu, nint group, nuint flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint Read(int descriptor, void* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Close(int descriptor);
}

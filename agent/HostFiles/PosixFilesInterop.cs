using System.Runtime.InteropServices;

namespace Homelab.NodeAgent.HostFiles;

/// <summary>The libc calls behind <see cref="PosixFiles"/>; the flag values are those of Linux on x86 and ARM.</summary>
internal static unsafe partial class PosixFilesInterop
{
    public const int ReadOnly = 0;
    public const int CloseOnExec = 0x80000;
    public const int PathMax = 4096;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Open(byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint Read(int descriptor, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "realpath")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial byte* RealPath(byte* path, byte* resolved);
}

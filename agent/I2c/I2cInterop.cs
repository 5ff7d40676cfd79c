using System.Runtime.InteropServices;

namespace Homelab.NodeAgent.I2c;

/// <summary>The libc calls behind <see cref="I2cCalls"/>; the flag values are those of Linux on x86 and ARM.</summary>
internal static unsafe partial class I2cInterop
{
    public const int ReadAndWrite = 2;
    public const int CloseOnExec = 0x80000;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Open(byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Control(int descriptor, nuint request, nint argument);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Close(int descriptor);
}

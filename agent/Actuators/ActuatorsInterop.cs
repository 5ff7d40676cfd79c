using System.Runtime.InteropServices;

namespace Homelab.NodeAgent.Actuators;

/// <summary>The libc calls that write; the flag values are those of Linux on x86 and 64-bit ARM.</summary>
internal static unsafe partial class ActuatorsInterop
{
    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int ReadWrite = 2;
    public const int Create = 0x40;
    public const int TruncateOnOpen = 0x200;
    public const int NonBlock = 0x800;
    public const int CloseOnExec = 0x80000;
    public const int LockExclusive = 2;
    public const int LockNow = 4;

    private const nint SysfsMagic = 0x62656572;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Open(byte* path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Rename(byte* from, byte* to);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Unlink(byte* path);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Lock(int descriptor, int operation);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Write(int descriptor, byte* text, nuint count);

    [LibraryImport("libc", EntryPoint = "fstatfs", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FileSystem(int descriptor, nint* status);

    /// <summary>True when it can not be told, too: a plain write harms no file system.</summary>
    public static bool IsSysfs(int descriptor)
    {
        // struct statfs begins with the type, as a machine word; 120 bytes hold all of it.
        var status = stackalloc nint[64];
        return FileSystem(descriptor, status) != 0 || status[0] == SysfsMagic;
    }

    /// <summary>All of it in one call, as a driver needs it.</summary>
    /// <returns>0 or the negative errno; EIO for a short write.</returns>
    public static int WriteOnce(int descriptor, ReadOnlySpan<byte> text)
    {
        fixed (byte* start = text)
        {
            nint count;
            while ((count = Write(descriptor, start, (nuint)text.Length)) < 0)
            {
                var errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.Interrupted)
                    return -errno;
            }
            return count == text.Length ? 0 : -Errno.InputOutput;
        }
    }
}

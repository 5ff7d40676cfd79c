using System.Runtime.InteropServices;

namespace Homelab.NodeAgent.Ipmi;

/// <summary>The libc calls behind <see cref="IpmiDevice"/>; request numbers of linux/ipmi.h on 64-bit Linux, the same on x86 and ARM.</summary>
internal static unsafe partial class IpmiInterop
{
    /// <summary>Read only: the driver asks no more for requests, and a file mode of 0600 can then be passed by a capability that never writes.</summary>
    public const int ReadOnlyCloseOnExec = 0x80000;

    /// <summary><c>IPMICTL_SEND_COMMAND</c>, <c>_IOR('i', 13, struct ipmi_req)</c>.</summary>
    public const uint SendCommand = 0x8028690D;

    /// <summary><c>IPMICTL_RECEIVE_MSG_TRUNC</c>, <c>_IOWR('i', 11, struct ipmi_recv)</c>.</summary>
    public const uint ReceiveTruncated = 0xC030690B;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Control(int descriptor, uint request, void* argument);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Poll(PollEntry* entries, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Close(int descriptor);
}

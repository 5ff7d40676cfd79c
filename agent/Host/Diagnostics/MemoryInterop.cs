using System.Runtime.InteropServices;

namespace Homelab.NodeAgent.Diagnostics;

/// <summary>libc's memory advice. Source: madvise(2).</summary>
internal static partial class MemoryInterop
{
    /// <summary>MADV_DONTNEED: the pages go; a clean page of a file comes back from the page cache when it is touched.</summary>
    public const int DoNotNeed = 4;

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    public static partial int Advise(nint address, nuint length, int advice);
}

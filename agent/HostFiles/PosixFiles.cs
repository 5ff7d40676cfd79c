using System.IO.Enumeration;
using System.Runtime.InteropServices;
using System.Text;

namespace Homelab.NodeAgent.HostFiles;

/// <summary>The running kernel's files, by <c>open</c>, one <c>read</c> and <c>close</c>.</summary>
/// <remarks>A file is opened anew for each look: a descriptor kept open would outlive a device that is unplugged or a driver that is reloaded.
/// Reads are synchronous because the kernel makes the text of a pseudo-file while it is read.</remarks>
internal sealed class PosixFiles : IPseudoFiles
{
    private static readonly EnumerationOptions Everything = new()
    {
        AttributesToSkip = 0,
        IgnoreInaccessible = false,
        ReturnSpecialDirectories = false,
    };

    public unsafe int Read(PseudoPath path, Span<byte> buffer)
    {
        int descriptor;
        fixed (byte* name = path.NullTerminated)
        {
            while ((descriptor = PosixFilesInterop.Open(name, PosixFilesInterop.ReadOnly | PosixFilesInterop.CloseOnExec)) < 0)
            {
                var errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.Interrupted)
                    return -errno;
            }
        }
        var count = ReadOnce(descriptor, buffer);
        _ = PosixFilesInterop.Close(descriptor);
        return count;
    }

    public IReadOnlyList<string> List(string path, out int errno)
    {
        try
        {
            var names = new FileSystemEnumerable<string>(path, static (ref FileSystemEntry entry) => entry.FileName.ToString(), Everything).ToList();
            names.Sort(StringComparer.Ordinal);
            errno = 0;
            return names;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            errno = exception switch
            {
                // The runtime says "not found" of a file, too.
                DirectoryNotFoundException or FileNotFoundException => Resolve(path) is null ? Errno.NoEntry : Errno.NotDirectory,
                UnauthorizedAccessException => Errno.Access,
                // The runtime keeps the raw errno in HResult for what it has no type of its own.
                IOException { HResult: > 0 and < 4096 } => exception.HResult,
                _ => Errno.InputOutput,
            };
            return [];
        }
    }

    public unsafe string? Resolve(string path)
    {
        var resolved = stackalloc byte[PosixFilesInterop.PathMax];
        fixed (byte* name = new PseudoPath(path).NullTerminated)
        {
            if (PosixFilesInterop.RealPath(name, resolved) == null)
                return null;
        }
        return Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(resolved));
    }

    private static unsafe int ReadOnce(int descriptor, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint count;
            while ((count = PosixFilesInterop.Read(descriptor, start, (nuint)buffer.Length)) < 0)
            {
                var errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.Interrupted)
                    return -errno;
            }
            return (int)count;
        }
    }
}

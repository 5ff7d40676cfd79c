using System.Runtime.InteropServices;

namespace Homelab.Faults.Tests;

/// <summary>A file system of a megabyte that can be filled; mounting one takes root.</summary>
internal sealed partial class SmallDisk : IDisposable
{
    private readonly string _folder;
    private readonly string _filler;

    private SmallDisk(string folder) => (_folder, _filler) = (folder, Path.Combine(folder, "filler"));

    public static SmallDisk Mount(string folder)
    {
        Directory.CreateDirectory(folder);
        if (MountAt("tmpfs", folder, "tmpfs", 0, "size=1m") != 0)
            throw new InvalidOperationException($"no file system could be mounted at {folder}: this fault needs root (errno {Marshal.GetLastPInvokeError()})");
        return new SmallDisk(folder);
    }

    /// <summary>Writes until there is no byte left.</summary>
    public void Fill()
    {
        using var file = new FileStream(_filler, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        var block = new byte[4096];
        try
        {
            while (true)
                file.Write(block);
        }
        catch (IOException)
        {
            // Full: that was the aim.
        }
    }

    public void Empty() => File.Delete(_filler);

    public void Dispose() => _ = Unmount(_folder, 2 /* MNT_DETACH: whoever still has a file open keeps it */);

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MountAt(string source, string target, string type, ulong flags, string options);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unmount(string target, int flags);
}

using System.Runtime.InteropServices;

namespace Homelab.NodeAgent.Actuators;

/// <summary>How what must survive a crash reaches the disk. Tests put full and read-only disks here.</summary>
internal interface IStateFiles
{
    /// <summary>The whole file; null with the errno when it can not be read.</summary>
    byte[]? Load(string path, out int errno);

    /// <summary>Replaces the file so that a crash leaves either the old text or the new one, and returns only when the new one is on the disk.</summary>
    /// <returns>0 or the negative errno; then the old text stands.</returns>
    int Save(string path, ReadOnlySpan<byte> text);

    /// <summary>Removes a file; it need not exist. 0 or the negative errno.</summary>
    int Delete(string path);
}

/// <summary>Temporary file, fsync, rename, fsync of the folder.</summary>
internal sealed class PosixStateFiles : IStateFiles
{
    private const uint OwnerOnly = 0x180; // rw-------
    private const int MaxText = 1 << 20;

    public byte[]? Load(string path, out int errno)
    {
        var files = new PosixFiles();
        var buffer = new byte[16384];
        while (true)
        {
            var count = files.Read(path, buffer);
            errno = count < 0 ? -count : 0;
            if (count < 0)
                return null;
            if (count < buffer.Length)
                return buffer[..count];
            if (buffer.Length >= MaxText)
            {
                errno = Errno.TooBig;
                return null;
            }
            buffer = new byte[buffer.Length * 4];
        }
    }

    public int Save(string path, ReadOnlySpan<byte> text)
    {
        var temporary = path + ".new";
        var result = WriteThrough(temporary, text);
        if (result != 0)
            return result;
        result = Rename(temporary, path);
        return result == 0 ? SyncFolder(path) : result;
    }

    public unsafe int Delete(string path)
    {
        fixed (byte* name = new PseudoPath(path).NullTerminated)
        {
            if (ActuatorsInterop.Unlink(name) < 0)
                return Marshal.GetLastPInvokeError() is var errno && errno == Errno.NoEntry ? 0 : -errno;
        }
        return SyncFolder(path);
    }

    private static unsafe int WriteThrough(string path, ReadOnlySpan<byte> text)
    {
        int descriptor;
        fixed (byte* name = new PseudoPath(path).NullTerminated)
        {
            descriptor = ActuatorsInterop.Open(
                name, ActuatorsInterop.WriteOnly | ActuatorsInterop.Create | ActuatorsInterop.TruncateOnOpen | ActuatorsInterop.CloseOnExec, OwnerOnly);
            if (descriptor < 0)
                return -Marshal.GetLastPInvokeError();
        }
        var result = ActuatorsInterop.WriteOnce(descriptor, text);
        if (result == 0 && ActuatorsInterop.Sync(descriptor) < 0)
            result = -Marshal.GetLastPInvokeError();
        _ = ActuatorsInterop.Close(descriptor);
        return result;
    }

    private static unsafe int Rename(string from, string to)
    {
        fixed (byte* old = new PseudoPath(from).NullTerminated)
        fixed (byte* @new = new PseudoPath(to).NullTerminated)
            return ActuatorsInterop.Rename(old, @new) < 0 ? -Marshal.GetLastPInvokeError() : 0;
    }

    private static unsafe int SyncFolder(string path)
    {
        fixed (byte* name = new PseudoPath(System.IO.Path.GetDirectoryName(path) is { Length: > 0 } folder ? folder : "/").NullTerminated)
        {
            var descriptor = ActuatorsInterop.Open(name, ActuatorsInterop.ReadOnly | ActuatorsInterop.CloseOnExec, 0);
            if (descriptor < 0)
                return -Marshal.GetLastPInvokeError();
            var result = ActuatorsInterop.Sync(descriptor) < 0 ? -Marshal.GetLastPInvokeError() : 0;
            _ = ActuatorsInterop.Close(descriptor);
            // Some file systems have nothing to sync in a folder.
            return result == -Errno.Invalid ? 0 : result;
        }
    }
}

using System.Runtime.InteropServices;

namespace Homelab.NodeAgent.Actuators;

/// <summary>The running kernel's control files, below <c>/sys</c> of one host root and nowhere else: a link that leads out of it is refused.</summary>
/// <remarks>Trees on ordinary file systems (replays, the demo's plant) behave as sysfs does: a write replaces the whole text, and a reader that
/// opens the file never sees two mixed or nothing at all.</remarks>
internal sealed class PosixControlFiles : IControlFiles
{
    private const uint WorldReadable = 0x1A4; // rw-r--r--

    private const int OpenFlags = ActuatorsInterop.WriteOnly | ActuatorsInterop.NonBlock | ActuatorsInterop.CloseOnExec;

    private readonly PosixFiles _reads = new();
    private readonly Lazy<string?> _sys;

    public PosixControlFiles(HostRoot root) => _sys = new(() => _reads.Resolve(root.Locate("/sys")) is { } sys ? sys + "/" : null);

    public int Read(PseudoPath path, Span<byte> buffer) => _reads.Read(path, buffer);

    public IReadOnlyList<string> List(string path, out int errno) => _reads.List(path, out errno);

    public string? Resolve(string path) => _reads.Resolve(path);

    public int Write(PseudoPath path, ReadOnlySpan<byte> text)
    {
        var descriptor = Open(path, out var resolved);
        if (descriptor < 0)
            return descriptor;
        var result = ActuatorsInterop.IsSysfs(descriptor) ? ActuatorsInterop.WriteOnce(descriptor, text) : Replace(resolved, text);
        _ = ActuatorsInterop.Close(descriptor);
        return result;
    }

    public int Probe(PseudoPath path)
    {
        var descriptor = Open(path, out _);
        if (descriptor < 0)
            return descriptor;
        _ = ActuatorsInterop.Close(descriptor);
        return 0;
    }

    private unsafe int Open(PseudoPath path, out string resolved)
    {
        resolved = _reads.Resolve(path.ToString()) ?? "";
        if (resolved.Length == 0)
            return -Errno.NoEntry;
        if (_sys.Value is not { } sys || !resolved.StartsWith(sys, StringComparison.Ordinal))
            return -ControlCode.OutsideSys;
        fixed (byte* name = new PseudoPath(resolved).NullTerminated)
        {
            int descriptor;
            while ((descriptor = ActuatorsInterop.Open(name, OpenFlags, 0)) < 0)
            {
                var errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.Interrupted)
                    return -errno;
            }
            return descriptor;
        }
    }

    // A reader looks at the length first and at the text after: only a rename shows it one text and not parts of two.
    private static unsafe int Replace(string path, ReadOnlySpan<byte> text)
    {
        fixed (byte* name = new PseudoPath(path).NullTerminated)
        fixed (byte* temporary = new PseudoPath(path + ".new").NullTerminated)
        {
            var descriptor = ActuatorsInterop.Open(
                temporary, ActuatorsInterop.WriteOnly | ActuatorsInterop.Create | ActuatorsInterop.TruncateOnOpen | ActuatorsInterop.CloseOnExec, WorldReadable);
            if (descriptor < 0)
                return -Marshal.GetLastPInvokeError();
            var result = ActuatorsInterop.WriteOnce(descriptor, text);
            _ = ActuatorsInterop.Close(descriptor);
            if (result == 0 && ActuatorsInterop.Rename(temporary, name) < 0)
                result = -Marshal.GetLastPInvokeError();
            if (result != 0)
                _ = ActuatorsInterop.Unlink(temporary);
            return result;
        }
    }
}

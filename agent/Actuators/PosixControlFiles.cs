using System.Runtime.InteropServices;

namespace Homelab.NodeAgent.Actuators;

/// <summary>The running kernel's control files, below <c>/sys</c> of one host root and nowhere else: a link that leads out of it is refused.</summary>
/// <remarks>Trees on ordinary file systems (replays, the demo's plant) behave as sysfs does: a write replaces the whole text, and a reader never
/// sees the two mixed or nothing at all.</remarks>
internal sealed class PosixControlFiles : IControlFiles
{
    private const int MaxText = 256;
    private const int OpenFlags = ActuatorsInterop.WriteOnly | ActuatorsInterop.NonBlock | ActuatorsInterop.CloseOnExec;

    private readonly PosixFiles _reads = new();
    private readonly Lazy<string?> _sys;

    public PosixControlFiles(HostRoot root) => _sys = new(() => _reads.Resolve(root.Locate("/sys")) is { } sys ? sys + "/" : null);

    public int Read(PseudoPath path, Span<byte> buffer) => _reads.Read(path, buffer);

    public IReadOnlyList<string> List(string path, out int errno) => _reads.List(path, out errno);

    public string? Resolve(string path) => _reads.Resolve(path);

    public int Write(PseudoPath path, ReadOnlySpan<byte> text)
    {
        var descriptor = Open(path);
        if (descriptor < 0)
            return descriptor;
        var result = ActuatorsInterop.IsSysfs(descriptor) ? ActuatorsInterop.WriteOnce(descriptor, text) : Replace(descriptor, text);
        _ = ActuatorsInterop.Close(descriptor);
        return result;
    }

    public int Probe(PseudoPath path)
    {
        var descriptor = Open(path);
        if (descriptor < 0)
            return descriptor;
        _ = ActuatorsInterop.Close(descriptor);
        return 0;
    }

    private unsafe int Open(PseudoPath path)
    {
        var asked = path.ToString();
        if (_reads.Resolve(asked) is not { } resolved)
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

    // One write covers what the old text leaves behind with newlines; only then the file shrinks.
    private static int Replace(int descriptor, ReadOnlySpan<byte> text)
    {
        var length = ActuatorsInterop.SeekEnd(descriptor);
        if (length < 0 || ActuatorsInterop.SeekStart(descriptor) < 0)
            return -Errno.InputOutput;
        Span<byte> padded = stackalloc byte[MaxText];
        if (text.Length > MaxText || length > MaxText)
            return -Errno.TooBig;
        text.CopyTo(padded);
        var end = Math.Max(text.Length, (int)length);
        padded[text.Length..end].Fill((byte)'\n');
        var result = ActuatorsInterop.WriteOnce(descriptor, padded[..end]);
        if (result == 0 && end > text.Length && ActuatorsInterop.Truncate(descriptor, text.Length) < 0)
            return -Marshal.GetLastPInvokeError();
        return result;
    }
}

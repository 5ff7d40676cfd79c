using System.Runtime.InteropServices;

namespace Homelab.NodeAgent.Cli;

/// <summary>Standard output that says when its reader has gone.</summary>
/// <remarks>The console's own stream swallows EPIPE, so that <c>sensors --watch | head</c> would never end; a file stream keeps a position
/// of its own, so that two programs sharing one output would write over each other.</remarks>
internal sealed partial class OutputStream : Stream
{
    private const int StandardOutput = 1;
    private const int Interrupted = 4;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="IOException">The output is closed, or its disk is full.</exception>
    public override unsafe void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            nint written;
            fixed (byte* start = buffer)
                written = WriteNative(StandardOutput, start, (nuint)buffer.Length);
            if (written > 0)
                buffer = buffer[(int)written..];
            else if (Marshal.GetLastPInvokeError() is var errno && errno != Interrupted)
                throw new IOException($"standard output: errno {errno}");
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static unsafe partial nint WriteNative(int descriptor, byte* buffer, nuint count);
}

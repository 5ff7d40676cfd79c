using System.Runtime.InteropServices;
using System.Text;

namespace Homelab.NodeAgent.Vcio;

/// <summary>The firmware behind <c>/dev/vcio_gencmd</c> or <c>/dev/vcio</c>.</summary>
/// <remarks>Opened for each question, so that nothing outlives a driver that is reloaded. Reading is enough: the driver takes the ioctl on any descriptor.</remarks>
internal sealed class MailboxDevice : IFirmware
{
    // _IOWR(100, 0, char *): the size of a pointer is part of the number.
    private static readonly nuint Property = nint.Size == 8 ? 0xC008_6400 : 0xC004_6400;

    private readonly byte[] _path;
    private readonly byte[] _message = new byte[GencmdMessage.Bytes];

    /// <param name="path">Where the device node is on this machine.</param>
    public MailboxDevice(string path)
    {
        _path = new byte[Encoding.UTF8.GetByteCount(path) + 1];
        Encoding.UTF8.GetBytes(path, _path);
    }

    public int Ask(ReadOnlySpan<byte> command, Span<byte> answer)
    {
        const int tooBig = 27;
        if (!GencmdMessage.Write(_message, command))
            return -tooBig;
        var errno = Exchange();
        return errno == 0 ? GencmdMessage.Read(_message, answer) : -errno;
    }

    private unsafe int Exchange()
    {
        int descriptor;
        fixed (byte* path = _path)
            descriptor = VcioInterop.Open(path, VcioInterop.ReadOnly | VcioInterop.CloseOnExec);
        if (descriptor < 0)
            return Marshal.GetLastPInvokeError();
        fixed (byte* message = _message)
        {
            var errno = VcioInterop.Control(descriptor, Property, message) < 0 ? Marshal.GetLastPInvokeError() : 0;
            _ = VcioInterop.Close(descriptor);
            return errno;
        }
    }
}

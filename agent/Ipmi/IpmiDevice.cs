using System.Runtime.InteropServices;

namespace Homelab.NodeAgent.Ipmi;

/// <summary><c>/dev/ipmi0</c> of the kernel's ipmi_devintf. Source: Documentation/driver-api/ipmi.rst. Used by one thread at a time.</summary>
internal sealed unsafe class IpmiDevice : IIpmiDevice
{
    private const int MessageTooLong = 90;

    private int _descriptor;

    private IpmiDevice(int descriptor) => _descriptor = descriptor;

    /// <summary>As <see cref="IpmiOpen"/>.</summary>
    public static IIpmiDevice? Open(string path, out int errno)
    {
        var descriptor = IpmiInterop.Open(path, IpmiInterop.ReadOnlyCloseOnExec);
        errno = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        return descriptor < 0 ? null : new IpmiDevice(descriptor);
    }

    public int Send(long id, IpmiRequest request)
    {
        var address = new IpmiAddress { Type = IpmiAddress.SystemInterface, Channel = IpmiAddress.BoardController };
        fixed (byte* data = request.Data)
        {
            var send = new IpmiSend
            {
                Address = &address,
                AddressLength = (uint)sizeof(IpmiAddress),
                Id = (nint)id,
                Message = new IpmiMessage { NetFunction = request.NetFunction, Command = request.Command, DataLength = (ushort)request.Data.Length, Data = data },
            };
            return IpmiInterop.Control(_descriptor, IpmiInterop.SendCommand, &send) < 0 ? -Marshal.GetLastPInvokeError() : 0;
        }
    }

    public int Receive(Span<byte> data, out IpmiHeader header)
    {
        var address = stackalloc byte[IpmiAddress.LongestBytes];
        fixed (byte* start = data)
        {
            var receive = new IpmiReceive
            {
                Address = address,
                AddressLength = IpmiAddress.LongestBytes,
                Message = new IpmiMessage { DataLength = (ushort)Math.Min(data.Length, ushort.MaxValue), Data = start },
            };
            var errno = IpmiInterop.Control(_descriptor, IpmiInterop.ReceiveTruncated, &receive) < 0 ? Marshal.GetLastPInvokeError() : 0;
            header = new IpmiHeader(receive.Kind, receive.Id, receive.Message.NetFunction, receive.Message.Command);
            // A message that was cut off is delivered all the same, and said to be so.
            return errno is 0 or MessageTooLong ? Math.Min(receive.Message.DataLength, data.Length) : -errno;
        }
    }

    public bool Wait(TimeSpan most)
    {
        var entry = new PollEntry { Descriptor = _descriptor, Events = PollEntry.Readable };
        return IpmiInterop.Poll(&entry, 1, (int)Math.Clamp(most.TotalMilliseconds, 0, 60_000)) != 0;
    }

    public void Dispose()
    {
        if (_descriptor >= 0)
            _ = IpmiInterop.Close(_descriptor);
        _descriptor = -1;
    }
}

using System.Runtime.InteropServices;

namespace Homelab.NodeAgent.Ipmi;

/// <summary><c>struct ipmi_system_interface_addr</c> of linux/ipmi.h: the controller itself.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IpmiAddress
{
    /// <summary><c>IPMI_SYSTEM_INTERFACE_ADDR_TYPE</c>.</summary>
    public const int SystemInterface = 0x0C;

    /// <summary><c>IPMI_BMC_CHANNEL</c>.</summary>
    public const short BoardController = 0x0F;

    /// <summary><c>IPMI_MAX_ADDR_SIZE</c>: answers may bring any kind of address.</summary>
    public const int LongestBytes = 32;

    public int Type;
    public short Channel;
    public byte Lun;
}

/// <summary><c>struct ipmi_msg</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct IpmiMessage
{
    public byte NetFunction;
    public byte Command;
    public ushort DataLength;
    public byte* Data;
}

/// <summary><c>struct ipmi_req</c>, 40 bytes on 64-bit Linux.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct IpmiSend
{
    public IpmiAddress* Address;
    public uint AddressLength;
    public nint Id;
    public IpmiMessage Message;
}

/// <summary><c>struct ipmi_recv</c>, 48 bytes on 64-bit Linux.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct IpmiReceive
{
    public int Kind;
    public byte* Address;
    public uint AddressLength;
    public nint Id;
    public IpmiMessage Message;
}

/// <summary><c>struct pollfd</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollEntry
{
    /// <summary><c>POLLIN</c>.</summary>
    public const short Readable = 1;

    public int Descriptor;
    public short Events;
    public short Occurred;
}

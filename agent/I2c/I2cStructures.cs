using System.Runtime.InteropServices;

namespace Homelab.NodeAgent.I2c;

/// <summary>ioctl numbers of <c>linux/i2c-dev.h</c>. <c>I2C_SLAVE_FORCE</c>, which takes a chip from its driver, is left out on purpose; so are
/// <c>I2C_TIMEOUT</c> and <c>I2C_RETRIES</c>, which change the adapter for everybody.</summary>
internal static class I2cRequest
{
    public const uint Slave = 0x0703;
    public const uint Functions = 0x0705;
    public const uint ReadWrite = 0x0707;
    public const uint Smbus = 0x0720;
}

/// <summary>What an adapter can do: bits of <c>I2C_FUNC_*</c> that are used here.</summary>
[Flags]
internal enum I2cFunctions : uint
{
    None = 0,

    /// <summary>Plain messages, <c>I2C_RDWR</c>.</summary>
    Messages = 0x0000_0001,
    ReadWord = 0x0020_0000,
    WriteWord = 0x0040_0000,
    ReadBlock = 0x0400_0000,
}

/// <summary><c>struct i2c_msg</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct I2cMessage
{
    public const ushort Read = 1;

    public ushort Address;
    public ushort Flags;
    public ushort Length;
    public byte* Bytes;
}

/// <summary><c>struct i2c_rdwr_ioctl_data</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct I2cTransfer
{
    public I2cMessage* Messages;
    public uint Count;
}

/// <summary><c>struct i2c_smbus_ioctl_data</c>; the bytes are a <c>union i2c_smbus_data</c> of 34.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SmbusTransfer
{
    public const byte ReadDirection = 1;
    public const byte WriteDirection = 0;
    public const uint WordSize = 3;
    public const uint BlockSize = 8;
    public const int UnionBytes = 34;

    public byte Direction;
    public byte Command;
    public uint Size;
    public byte* Bytes;
}

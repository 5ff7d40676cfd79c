using System.Text;

namespace Homelab.NodeAgent.I2c;

/// <summary>One adapter, spoken to by the registers of its chips: the most significant byte first, as chips of Texas Instruments have them.</summary>
/// <remarks>Source: <c>Documentation/i2c/dev-interface.rst</c>. Stands where <c>System.Device.I2c.I2cDevice</c> would, which can not be restored here. Everything returns 0 or the
/// negative errno. Opened for a look and closed after it: a descriptor kept open would keep a module from being unloaded, and would not notice a
/// driver that takes the chip. One thread at a time.</remarks>
internal sealed class I2cBus
{
    /// <summary>EOPNOTSUPP, also ours: the adapter has no way to do it.</summary>
    public const int NotSupported = 95;

    private const int LongestRegister = 8;
    private const int Closed = -1;

    private readonly II2cCalls _calls;
    private readonly byte[] _path;
    private int _descriptor = Closed;
    private ushort _address;

    /// <param name="calls">The kernel, or a test's.</param>
    /// <param name="path">The device node on this machine, <c>/dev/i2c-1</c>.</param>
    public I2cBus(II2cCalls calls, string path)
    {
        _calls = calls;
        _path = new byte[Encoding.UTF8.GetByteCount(path) + 1];
        Encoding.UTF8.GetBytes(path, _path);
    }

    /// <summary>What the adapter said that it can do, when it was last opened.</summary>
    public I2cFunctions Functions { get; private set; }

    /// <summary>Opens and asks what the adapter can do.</summary>
    public unsafe int Open()
    {
        Close();
        var descriptor = _calls.Open(_path);
        if (descriptor < 0)
            return descriptor;
        // The kernel writes an unsigned long.
        nuint functions = 0;
        var outcome = _calls.Control(descriptor, I2cRequest.Functions, (nint)(&functions));
        if (outcome < 0)
        {
            _calls.Close(descriptor);
            return outcome;
        }
        (_descriptor, Functions) = (descriptor, (I2cFunctions)(uint)functions);
        return 0;
    }

    public void Close()
    {
        if (_descriptor != Closed)
            _calls.Close(_descriptor);
        _descriptor = Closed;
    }

    /// <summary>Turns to a chip. EBUSY: a driver of the kernel has it, and it is not to be spoken to. Plain messages are not guarded by the kernel: this is their guard, too.</summary>
    /// <param name="address">Of 7 bits.</param>
    public int Claim(int address)
    {
        var outcome = _calls.Control(_descriptor, I2cRequest.Slave, address);
        _address = outcome < 0 ? (ushort)0 : (ushort)address;
        return outcome;
    }

    /// <summary>Reads a register as it stands in the chip, first byte first. Only after a <see cref="Claim"/> that was granted.</summary>
    public int Read(byte register, Span<byte> into)
    {
        if (into.Length > LongestRegister)
            return -NotSupported;
        if (Can(I2cFunctions.Messages))
            return Exchange(register, into);
        if (into.Length == 2 && Can(I2cFunctions.ReadWord))
            return ReadWord(register, into);
        return Can(I2cFunctions.ReadBlock) ? ReadBlock(register, into) : -NotSupported;
    }

    /// <summary>Writes a register of two bytes. Only after a <see cref="Claim"/> that was granted.</summary>
    public int Write(byte register, ushort value)
    {
        if (Can(I2cFunctions.Messages))
            return Send(register, value);
        return Can(I2cFunctions.WriteWord) ? WriteWord(register, value) : -NotSupported;
    }

    private bool Can(I2cFunctions wanted) => (Functions & wanted) != 0;

    /// <summary>The register's number, then a repeated start and its bytes: one transfer that no other master comes between.</summary>
    private unsafe int Exchange(byte register, Span<byte> into)
    {
        fixed (byte* bytes = into)
        {
            var messages = stackalloc I2cMessage[2];
            messages[0] = new I2cMessage { Address = _address, Length = 1, Bytes = &register };
            messages[1] = new I2cMessage { Address = _address, Flags = I2cMessage.Read, Length = (ushort)into.Length, Bytes = bytes };
            return Transfer(messages, 2);
        }
    }

    private unsafe int Send(byte register, ushort value)
    {
        var bytes = stackalloc byte[3];
        (bytes[0], bytes[1], bytes[2]) = (register, (byte)(value >> 8), (byte)value);
        var message = new I2cMessage { Address = _address, Length = 3, Bytes = bytes };
        return Transfer(&message, 1);
    }

    private unsafe int Transfer(I2cMessage* messages, int count)
    {
        var transfer = new I2cTransfer { Messages = messages, Count = (uint)count };
        var done = _calls.Control(_descriptor, I2cRequest.ReadWrite, (nint)(&transfer));
        const int inputOutput = 5;
        return done < 0 ? done : done == count ? 0 : -inputOutput;
    }

    private unsafe int ReadWord(byte register, Span<byte> into)
    {
        var union = stackalloc byte[SmbusTransfer.UnionBytes];
        var transfer = new SmbusTransfer { Direction = SmbusTransfer.ReadDirection, Command = register, Size = SmbusTransfer.WordSize, Bytes = union };
        var outcome = Smbus(&transfer);
        // An SMBus word has its low byte first on the wire, and then is a number of this machine's order.
        var word = *(ushort*)union;
        (into[0], into[1]) = ((byte)word, (byte)(word >> 8));
        return outcome;
    }

    private unsafe int WriteWord(byte register, ushort value)
    {
        var union = stackalloc byte[SmbusTransfer.UnionBytes];
        *(ushort*)union = (ushort)((value << 8) | (value >> 8));
        var transfer = new SmbusTransfer { Direction = SmbusTransfer.WriteDirection, Command = register, Size = SmbusTransfer.WordSize, Bytes = union };
        return Smbus(&transfer);
    }

    private unsafe int ReadBlock(byte register, Span<byte> into)
    {
        var union = stackalloc byte[SmbusTransfer.UnionBytes];
        union[0] = (byte)into.Length;
        var transfer = new SmbusTransfer { Direction = SmbusTransfer.ReadDirection, Command = register, Size = SmbusTransfer.BlockSize, Bytes = union };
        var outcome = Smbus(&transfer);
        const int inputOutput = 5;
        if (outcome == 0 && union[0] != into.Length)
            return -inputOutput;
        new ReadOnlySpan<byte>(union + 1, into.Length).CopyTo(into);
        return outcome;
    }

    private unsafe int Smbus(SmbusTransfer* transfer)
    {
        var outcome = _calls.Control(_descriptor, I2cRequest.Smbus, (nint)transfer);
        return outcome < 0 ? outcome : 0;
    }
}

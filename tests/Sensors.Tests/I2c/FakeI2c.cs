using System.Text;
using Homelab.NodeAgent.I2c;

namespace Homelab.NodeAgent.Sensors.Tests.I2c;

/// <summary>A kernel with adapters and chips. Reads the caller's structures byte by byte, at the offsets that the C headers give them on 64-bit machines.</summary>
internal sealed unsafe class FakeI2c : II2cCalls
{
    public const uint Everything = 0x0C7F_0001;

    /// <summary>What i2c-stub offers: words and blocks, and no plain messages.</summary>
    public const uint StubOnly = 0x0C7F_0000;

    private readonly Dictionary<string, FakeAdapter> _adapters = [];
    private readonly Dictionary<int, (FakeAdapter Adapter, int Address)> _open = [];
    private readonly Lock _gate = new();
    private int _next = 3;

    /// <summary>Descriptors that nobody has closed.</summary>
    public int Open() => _open.Count;

    public FakeAdapter Adapter(string path, uint functions = Everything) => _adapters[path] = new FakeAdapter(functions);

    public int Open(ReadOnlySpan<byte> path)
    {
        if (path[^1] != 0)
            throw new ArgumentException("no closing NUL", nameof(path));
        lock (_gate)
        {
            if (!_adapters.TryGetValue(Encoding.UTF8.GetString(path[..^1]), out var adapter))
                return -Errno.NoEntry;
            if (adapter.OpenErrno != 0)
                return -adapter.OpenErrno;
            adapter.Opens++;
            _open[_next] = (adapter, -1);
            return _next++;
        }
    }

    public int Control(int descriptor, uint request, nint argument)
    {
        FakeAdapter adapter;
        int address;
        lock (_gate)
            (adapter, address) = _open[descriptor];
        switch (request)
        {
            case 0x0705:
                *(ulong*)argument = adapter.Functions;
                return 0;
            case 0x0703:
                if (adapter.Chips.TryGetValue((int)argument, out var claimed) && claimed.Driver)
                    return -Errno.Busy;
                lock (_gate)
                    _open[descriptor] = (adapter, (int)argument);
                return 0;
            case 0x0707:
                return adapter.Messages((byte*)argument);
            case 0x0720:
                return adapter.Smbus(address, (byte*)argument);
            default:
                throw new InvalidOperationException($"request {request:x} is not to be used");
        }
    }

    /// <summary>What the thread that closed last had allocated in all its life by then.</summary>
    public long AllocatedByCaller { get; private set; }

    public void Close(int descriptor)
    {
        lock (_gate)
        {
            AllocatedByCaller = GC.GetAllocatedBytesForCurrentThread();
            if (!_open.Remove(descriptor))
                throw new InvalidOperationException("closed twice");
        }
    }
}

/// <summary>An adapter and what hangs on it.</summary>
internal sealed unsafe class FakeAdapter(uint functions)
{
    public ulong Functions => functions;

    public Dictionary<int, FakeChip> Chips { get; } = [];

    public int OpenErrno { get; set; }

    public int Opens { get; set; }

    /// <summary>Transfers wait for it.</summary>
    public ManualResetEventSlim? Hang { get; set; }

    public FakeChip Chip(int address) => Chips[address] = new FakeChip();

    public int Messages(byte* transfer)
    {
        if ((functions & 1) == 0)
            return -Errno.NotSupported;
        Hang?.Wait();
        var messages = *(byte**)transfer;
        var count = *(uint*)(transfer + 8);
        var register = (byte)0;
        for (var i = 0; i < count; i++, messages += 16)
        {
            var (address, flags, length) = (*(ushort*)messages, *(ushort*)(messages + 2), *(ushort*)(messages + 4));
            var bytes = *(byte**)(messages + 8);
            if (!Chips.TryGetValue(address, out var chip))
                return -Errno.RemoteInputOutput;
            if (flags == 0)
                register = bytes[0];
            var outcome = flags == 1 ? chip.Read(register, new Span<byte>(bytes, length))
                : length > 1 ? chip.Write(register, new ReadOnlySpan<byte>(bytes + 1, length - 1)) : 0;
            if (outcome < 0)
                return outcome;
        }
        return (int)count;
    }

    public int Smbus(int address, byte* transfer)
    {
        Hang?.Wait();
        var (direction, command, size) = (transfer[0], transfer[1], *(uint*)(transfer + 4));
        var union = *(byte**)(transfer + 8);
        if (!Chips.TryGetValue(address, out var chip))
            return -Errno.NoDevice;
        Span<byte> wire = stackalloc byte[2];
        switch (direction, size)
        {
            case (1, 3):
                var outcome = chip.Read(command, wire);
                // The kernel gives an SMBus word as a number whose low byte came first.
                *(ushort*)union = (ushort)(wire[0] | (wire[1] << 8));
                return outcome;
            case (0, 3):
                (wire[0], wire[1]) = ((byte)*(ushort*)union, (byte)(*(ushort*)union >> 8));
                return chip.Write(command, wire);
            case (1, 8):
                return chip.Read(command, new Span<byte>(union + 1, union[0]));
            default:
                return -Errno.NotSupported;
        }
    }
}

/// <summary>Registers of a chip, most significant byte first.</summary>
internal sealed class FakeChip
{
    private readonly Dictionary<byte, byte[]> _registers = [];

    /// <summary>True: a driver of the kernel has it.</summary>
    public bool Driver { get; set; }

    /// <summary>What each transfer fails with; 0: none does.</summary>
    public int Errno { get; set; }

    /// <summary>Transfers that fail with it before they succeed again; 0: all.</summary>
    public int ErrnoTimes { get; set; }

    /// <summary>Registers that do not take what is written.</summary>
    public HashSet<byte> Deaf { get; } = [];

    public List<(byte Register, ushort Value)> Writes { get; } = [];

    public int Reads { get; private set; }

    public FakeChip Set(byte register, ulong value, int bytes = 2)
    {
        var wire = new byte[bytes];
        for (var i = bytes - 1; i >= 0; i--, value >>= 8)
            wire[i] = (byte)value;
        _registers[register] = wire;
        return this;
    }

    public int Read(byte register, Span<byte> into)
    {
        Reads++;
        if (Fails() is var errno && errno != 0)
            return -errno;
        into.Clear();
        if (_registers.TryGetValue(register, out var wire))
            wire.AsSpan(0, Math.Min(wire.Length, into.Length)).CopyTo(into);
        return 0;
    }

    public int Write(byte register, ReadOnlySpan<byte> from)
    {
        if (Fails() is var errno && errno != 0)
            return -errno;
        var value = (ushort)((from[0] << 8) | from[1]);
        Writes.Add((register, value));
        if (!Deaf.Contains(register))
            Set(register, value);
        return 0;
    }

    private int Fails()
    {
        var errno = Errno;
        if (errno != 0 && ErrnoTimes > 0 && --ErrnoTimes == 0)
            Errno = 0;
        return errno;
    }
}

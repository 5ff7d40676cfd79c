using System.Buffers.Binary;
using System.Text;
using Homelab.NodeAgent.Gpio;

namespace Homelab.TestKit;

/// <summary>A kernel with GPIO chips. Reads the caller's structures byte by byte, at the offsets that the C headers give them, and refuses padding that is not zero.</summary>
internal sealed unsafe class FakeGpio : IGpioCalls
{
    private readonly Dictionary<string, FakeGpioChip> _chips = [];
    private readonly Dictionary<int, FakeGpioChip> _open = [];
    private readonly Dictionary<int, FakeLine> _taken = [];
    private int _next = 100;

    /// <summary>Descriptors of chips and lines that nobody has closed.</summary>
    public int Open() => _open.Count + _taken.Count;

    public FakeGpioChip Chip(string path, string label, int lines = 32) => _chips[path] = new FakeGpioChip(path[(path.LastIndexOf('/') + 1)..], label, lines);

    public int Open(ReadOnlySpan<byte> path)
    {
        if (path[^1] != 0)
            throw new ArgumentException("no closing NUL", nameof(path));
        if (!_chips.TryGetValue(Encoding.UTF8.GetString(path[..^1]), out var chip))
            return -Errno.NoEntry;
        if (chip.OpenErrno != 0)
            return -chip.OpenErrno;
        _open[_next] = chip;
        return _next++;
    }

    public int Control(int descriptor, uint request, nint argument)
    {
        var bytes = (byte*)argument;
        return request switch
        {
            0x8044B401 => Info(_open[descriptor], bytes),
            0xC100B405 => LineInfo(_open[descriptor], bytes),
            0xC250B407 => Take(_open[descriptor], bytes),
            0xC010B40E => Values(_taken[descriptor], bytes),
            0xC010B40F => SetValues(_taken[descriptor], bytes),
            _ => throw new InvalidOperationException($"request {request:x} is not to be used"),
        };
    }

    public int Read(int descriptor, Span<byte> into)
    {
        var line = _taken[descriptor];
        if (line.Errno != 0)
            return -line.Errno;
        var count = 0;
        for (; line.Events.Count > 0 && count + 48 <= into.Length; count += 48)
        {
            var (id, sequence) = line.Events.Dequeue();
            var wire = into.Slice(count, 48);
            wire.Clear();
            BinaryPrimitives.WriteUInt64LittleEndian(wire, 1_000_000UL * sequence);
            BinaryPrimitives.WriteUInt32LittleEndian(wire[8..], id);
            BinaryPrimitives.WriteUInt32LittleEndian(wire[16..], sequence);
            BinaryPrimitives.WriteUInt32LittleEndian(wire[20..], sequence);
        }
        return count;
    }

    public void Close(int descriptor)
    {
        if (_open.Remove(descriptor))
            return;
        if (!_taken.Remove(descriptor, out var line))
            throw new InvalidOperationException("closed twice");
        line.Consumer = "";
    }

    private static int Info(FakeGpioChip chip, byte* info)
    {
        new Span<byte>(info, 68).Clear();
        Encoding.UTF8.GetBytes(chip.Name, new Span<byte>(info, 32));
        Encoding.UTF8.GetBytes(chip.Label, new Span<byte>(info + 32, 32));
        *(uint*)(info + 64) = (uint)chip.Lines.Length;
        return 0;
    }

    private static int LineInfo(FakeGpioChip chip, byte* info)
    {
        var offset = *(uint*)(info + 64);
        if (offset >= chip.Lines.Length)
            return -Errno.Invalid;
        var line = chip.Lines[offset];
        Encoding.UTF8.GetBytes(line.Consumer, new Span<byte>(info + 32, 32));
        *(ulong*)(info + 72) = line.Flags | (line.Consumer.Length > 0 ? 1UL : 0);
        return 0;
    }

    private int Take(FakeGpioChip chip, byte* request)
    {
        var offset = *(uint*)request;
        var (flags, attributes) = (*(ulong*)(request + 288), *(uint*)(request + 296));
        if (*(uint*)(request + 560) != 1 || offset >= chip.Lines.Length)
            return -Errno.Invalid;
        if (new ReadOnlySpan<byte>(request + 300, 20).ContainsAnyExcept((byte)0) || new ReadOnlySpan<byte>(request + 568, 20).ContainsAnyExcept((byte)0))
            return -Errno.Invalid;
        var line = chip.Lines[offset];
        if (line.Consumer.Length > 0)
            return -Errno.Busy;
        line.Flags = flags;
        line.Consumer = Encoding.UTF8.GetString(new ReadOnlySpan<byte>(request + 256, 32)).TrimEnd('\0');
        if (attributes == 1 && *(uint*)(request + 320) == 2 && (*(ulong*)(request + 336) & 1) != 0)
            line.Drive((*(ulong*)(request + 328) & 1) != 0);
        _taken[_next] = line;
        *(int*)(request + 588) = _next++;
        return 0;
    }

    private static int Values(FakeLine line, byte* values)
    {
        if (line.Errno != 0)
            return -line.Errno;
        *(ulong*)values = *(ulong*)(values + 8) & (line.IsActive ? 1UL : 0);
        return 0;
    }

    private static int SetValues(FakeLine line, byte* values)
    {
        if (line.Errno != 0)
            return -line.Errno;
        line.Drive((*(ulong*)values & 1) != 0);
        return 0;
    }
}

internal sealed class FakeGpioChip(string name, string label, int lines)
{
    public string Name => name;

    public string Label => label;

    public int OpenErrno { get; set; }

    public FakeLine[] Lines { get; } = [.. Enumerable.Range(0, lines).Select(static _ => new FakeLine())];
}

/// <summary>A line: the pin's level, who has it, and events that wait.</summary>
internal sealed class FakeLine
{
    private uint _sequence;

    public string Consumer { get; set; } = "";

    public ulong Flags { get; set; }

    public int Errno { get; set; }

    public bool IsHigh { get; private set; } = true;

    public bool IsActive => IsHigh != ((Flags & 2) != 0);

    public Queue<(uint Id, uint Sequence)> Events { get; } = new();

    /// <summary>Levels that the line was driven to, in order.</summary>
    public List<bool> Driven { get; } = [];

    public void Drive(bool isHigh)
    {
        IsHigh = isHigh;
        Driven.Add(isHigh);
    }

    /// <summary>Something outside pulls the pin; where the event is lost, the kernel's buffer was full.</summary>
    public void Pull(bool isHigh, bool isLost = false)
    {
        var wasActive = IsActive;
        IsHigh = isHigh;
        if (wasActive == IsActive || (Flags & (IsActive ? 0x10UL : 0x20UL)) == 0)
            return;
        _sequence++;
        if (!isLost)
            Events.Enqueue((IsActive ? 1u : 2u, _sequence));
    }
}

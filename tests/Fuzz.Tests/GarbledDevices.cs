using Homelab.NodeAgent.I2c;
using Homelab.NodeAgent.Ipmi;
using Homelab.NodeAgent.Perf;
using Homelab.NodeAgent.Vcio;
using Homelab.TestKit;

namespace Homelab.Fuzz;

/// <summary>How often a device answers garbage, and which errno a kernel may give.</summary>
internal sealed class DeviceDice(int seed, double share)
{
    private readonly Random _dice = new(seed);

    public Random Random => _dice;

    public bool Strikes() => _dice.NextDouble() < share;

    public int Errno() => new[] { 1, 5, 6, 11, 16, 19, 22, 61, 95, 110, 121 }[_dice.Next(11)];
}

/// <summary>An adapter with one chip of each kind: registers keep what is written, hold noise otherwise, and now and then a transfer goes wrong.</summary>
internal sealed unsafe class GarbledBus(DeviceDice dice) : II2cCalls
{
    public const string Monitors = "ina219@1-0x40 shunt=100mOhm range=3.2A, ina226@1-0x41 shunt=2mOhm role=input, ina3221@1-0x42 shunt=10mOhm sum=1+2, ina228@1-0x44 shunt=2mOhm range=10A, ina260@1-0x45";

    private readonly Dictionary<(int Address, byte Register), ushort> _registers = new()
    {
        [(0x41, 0xFE)] = 0x5449,
        [(0x41, 0xFF)] = 0x2260,
        [(0x42, 0xFE)] = 0x5449,
        [(0x42, 0xFF)] = 0x3220,
        [(0x44, 0x3E)] = 0x5449,
        [(0x44, 0x3F)] = 0x2281,
        [(0x45, 0xFE)] = 0x5449,
        [(0x45, 0xFF)] = 0x2270,
    };

    private int _address;
    private byte _register;

    public int Open(ReadOnlySpan<byte> path) => dice.Strikes() ? -dice.Errno() : 3;

    public int Control(int descriptor, uint request, nint argument)
    {
        if (dice.Strikes() && dice.Random.Next(3) == 0)
            return -dice.Errno();
        switch (request)
        {
            case I2cRequest.Functions:
                *(nuint*)argument = dice.Strikes() ? (nuint)dice.Random.NextInt64() : 0x0C7F_0001;
                return 0;
            case I2cRequest.Slave:
                _address = (int)argument;
                return 0;
            case I2cRequest.Smbus:
                return Smbus((SmbusTransfer*)argument);
            default:
                return Messages((I2cTransfer*)argument);
        }
    }

    public void Close(int descriptor)
    {
    }

    private int Messages(I2cTransfer* transfer)
    {
        for (var i = 0; i < transfer->Count; i++)
        {
            var message = transfer->Messages[i];
            var bytes = new Span<byte>(message.Bytes, message.Length);
            _address = message.Address;
            if (message.Flags == I2cMessage.Read)
            {
                Fill(_register, bytes);
                continue;
            }
            _register = bytes[0];
            if (bytes.Length == 3)
                _registers[(_address, _register)] = (ushort)((bytes[1] << 8) | bytes[2]);
        }
        return dice.Strikes() ? 1 : (int)transfer->Count;
    }

    private int Smbus(SmbusTransfer* transfer)
    {
        if (transfer->Direction == SmbusTransfer.WriteDirection)
            _registers[(_address, transfer->Command)] = (ushort)((transfer->Bytes[0] << 8) | transfer->Bytes[1]);
        else if (transfer->Size == SmbusTransfer.WordSize)
            Fill(transfer->Command, new Span<byte>(transfer->Bytes, 2));
        else
            Fill(transfer->Command, new Span<byte>(transfer->Bytes + 1, Math.Min((int)transfer->Bytes[0], 32)));
        return 0;
    }

    private void Fill(byte register, Span<byte> into)
    {
        dice.Random.NextBytes(into);
        if (!_registers.TryGetValue((_address, register), out var word) || into.Length < 2 || dice.Strikes())
            return;
        (into[0], into[1]) = ((byte)(word >> 8), (byte)word);
    }
}

/// <summary>A management controller whose answers are late, doubled, cut off, of other questions or noise.</summary>
internal sealed class GarbledController(DeviceDice dice, ManualClock clock) : IIpmiDevice
{
    private readonly Queue<(IpmiHeader Header, byte[] Data)> _messages = new();

    public int Send(long id, IpmiRequest request)
    {
        if (dice.Strikes())
            return -dice.Errno();
        byte[] data = request.Command == IpmiRequest.DeviceId.Command
            ? [0x00, 0x20, 0x01, 0x01, 0x46, 0x02, 0xBF, 0x7C, 0x2A, 0x00, 0x34, 0x12]
            : [0x00, 0xDC, 146, 0, 90, 0, 0x2C, 0x01, 140, 0, 0, 0, 0, 0, 0xE8, 0x03, 0, 0, 0x40];
        if (dice.Strikes())
            dice.Random.NextBytes(dice.Random.Next(4) == 0 ? data : data.AsSpan(2..^1));
        if (dice.Strikes())
            data = data[..dice.Random.Next(data.Length)];
        var command = dice.Strikes() ? (byte)dice.Random.Next(256) : request.Command;
        for (var copies = dice.Strikes() ? dice.Random.Next(40) : 1; copies > 0; copies--)
            _messages.Enqueue((new IpmiHeader(dice.Strikes() ? dice.Random.Next(-1, 5) : IpmiHeader.Answer, id - (dice.Strikes() ? 1 : 0), (byte)(request.NetFunction | 1), command), data));
        return 0;
    }

    public int Receive(Span<byte> data, out IpmiHeader header)
    {
        header = default;
        if (_messages.Count == 0)
            return -11;
        if (dice.Strikes())
            return -dice.Errno();
        (header, var found) = _messages.Dequeue();
        var count = Math.Min(found.Length, data.Length);
        found.AsSpan(0, count).CopyTo(data);
        return count;
    }

    public bool Wait(TimeSpan most)
    {
        clock.Advance(most);
        return _messages.Count > 0;
    }

    public void Dispose()
    {
    }
}

/// <summary>Energy events that can not be opened, fail, stand still or run wild.</summary>
internal sealed class GarbledCounters(DeviceDice dice) : IPerfCounters
{
    private ulong _count;

    public int Open(uint type, ulong config, int cpu) => dice.Strikes() ? -dice.Errno() : 7;

    public int Read(int descriptor, out ulong count)
    {
        count = _count += dice.Strikes() ? (ulong)dice.Random.NextInt64(long.MinValue, long.MaxValue) : 1UL << 34;
        return dice.Strikes() ? -dice.Errno() : 0;
    }

    public void Close(int descriptor)
    {
    }
}

/// <summary>The firmware of a Raspberry Pi 5, with bytes of its answers exchanged.</summary>
internal sealed class GarbledFirmware(DeviceDice dice) : IFirmware
{
    private readonly FakeFirmware _firmware = FakeFirmware.Pi5();

    public int Ask(ReadOnlySpan<byte> command, Span<byte> answer)
    {
        var count = _firmware.Ask(command, answer);
        if (count <= 0 || !dice.Strikes())
            return count;
        for (var change = dice.Random.Next(1, 6); change > 0; change--)
            answer[dice.Random.Next(count)] = dice.Random.Next(2) == 0 ? (byte)dice.Random.Next(256) : "0123456789.-=nax\n"u8[dice.Random.Next(17)];
        return dice.Random.Next(4) switch { 0 => -dice.Errno(), 1 => dice.Random.Next(count), _ => count };
    }
}

/// <summary>Lines of a <see cref="FakeNvml"/> script that make of a recorded card one that says nonsense.</summary>
internal static class GarbledCard
{
    private static readonly string[] Values =
        ["0", "-1", "1", "4294967295", "2147483647", "18446744073709551615", "9223372036854775807", "65535", "u64:18446744073709551615", "i32:-2147483648", "f64:1e308", "f64:nan", "u16:7", "err:3", "x", "%s\u0001"];

    public static IEnumerable<string> Lines(DeviceDice dice, IReadOnlyList<string> card)
    {
        foreach (var line in card)
        {
            var key = line.Split(' ')[0];
            if (dice.Strikes())
                yield return $"0.{key} {(dice.Random.Next(3) == 0 ? dice.Random.NextInt64(long.MinValue, long.MaxValue) : Values[dice.Random.Next(Values.Length)])}";
            if (dice.Strikes() && dice.Random.Next(4) == 0)
                yield return $"0.err.{key} {new[] { 1, 3, 4, 10, 13, 15, 18, 999, -5 }[dice.Random.Next(9)]}";
        }
    }
}

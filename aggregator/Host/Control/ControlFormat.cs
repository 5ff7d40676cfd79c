using System.Collections.Immutable;
using System.Text;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Orders;
using Homelab.Units;

namespace Homelab.Aggregator.Control;

/// <summary>
/// Bytes of <see cref="StoredControl"/> in a <see cref="SlotEnvelope"/>, filled up to whole blocks of a disk, so that a node more seldom
/// needs a block more. Payload, little-endian: epoch, nodes (name, safe share, ceiling, uncapped), on-battery flag, mode switch, overrides.
/// </summary>
internal static class ControlFormat
{
    private const int Block = 4096;
    private const byte NoMode = 0xFF;

    private static ReadOnlySpan<byte> Magic => "HLCTRL02"u8;

    public static byte[] Write(StoredControl stored, ulong generation)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
        {
            WriteMemory(writer, stored.Memory);
            WriteOrders(writer, stored.Orders);
        }
        var sealedBytes = SlotEnvelope.Seal(Magic, generation, stream.ToArray());
        Array.Resize(ref sealedBytes, (sealedBytes.Length + Block - 1) / Block * Block);
        return sealedBytes;
    }

    /// <summary>Null when the bytes are not one whole record: empty, torn, of another version, or damaged.</summary>
    public static StoredControl? Read(ReadOnlySpan<byte> bytes, out ulong generation)
    {
        if (SlotEnvelope.Open(Magic, bytes, out generation) is not { } payload)
            return null;
        try
        {
            using var reader = new BinaryReader(new MemoryStream(payload), Encoding.UTF8);
            return new StoredControl(ReadMemory(reader), ReadOrders(reader));
        }
        catch (Exception damaged) when (damaged is IOException or FormatException or ArgumentException)
        {
            return null;
        }
    }

    private static void WriteMemory(BinaryWriter writer, ControlMemory memory)
    {
        writer.Write(memory.Epoch);
        writer.Write(memory.Nodes.Count);
        foreach (var (name, node) in memory.Nodes)
        {
            writer.Write(name.Value);
            writer.Write(node.SafeShare.Microwatts);
            writer.Write(node.Ceiling.Microwatts);
            writer.Write(node.IsUncapped);
        }
    }

    private static ControlMemory ReadMemory(BinaryReader reader)
    {
        var epoch = reader.ReadUInt64();
        var nodes = ImmutableSortedDictionary.CreateBuilder<NodeName, RememberedNode>();
        for (var left = reader.ReadInt32(); left > 0; left--)
            nodes[NodeName.Parse(reader.ReadString())] = new RememberedNode(new Power(reader.ReadInt64()), new Power(reader.ReadInt64()), reader.ReadBoolean());
        return new ControlMemory(epoch, nodes.ToImmutable());
    }

    private static void WriteOrders(BinaryWriter writer, StandingOrders orders)
    {
        writer.Write(orders.IsOnBattery);
        writer.Write(orders.Mode is null ? NoMode : (byte)orders.Mode.Mode);
        writer.Write(orders.Mode is null ? NoMode : (byte)orders.Mode.Configured);
        writer.Write(orders.Overrides.Length);
        foreach (var given in orders.Overrides)
        {
            writer.Write(given.Group);
            writer.Write(given.Limit.Microwatts);
            writer.Write(given.Until?.UtcTicks ?? 0);
        }
    }

    private static StandingOrders ReadOrders(BinaryReader reader)
    {
        var isOnBattery = reader.ReadBoolean();
        var (mode, configured) = (reader.ReadByte(), reader.ReadByte());
        var overrides = ImmutableArray.CreateBuilder<BudgetOverride>();
        for (var left = reader.ReadInt32(); left > 0; left--)
            overrides.Add(new BudgetOverride(reader.ReadString(), new Power(reader.ReadInt64()), Time(reader.ReadInt64())));
        return new StandingOrders(overrides.ToImmutable(), mode == NoMode ? null : new ModeSwitch((ControlMode)mode, (ControlMode)configured), isOnBattery);
    }

    private static DateTimeOffset? Time(long ticks) => ticks == 0 ? null : new DateTimeOffset(ticks, TimeSpan.Zero);
}

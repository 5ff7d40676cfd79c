using System.Collections.Immutable;
using System.Text;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Orders;
using Homelab.Units;

namespace Homelab.Aggregator.Control;

/// <summary>
/// Bytes of <see cref="StoredControl"/> in a <see cref="SlotEnvelope"/>, filled up to whole blocks of a disk, so that a node more seldom
/// needs a block more. Payload, little-endian: epoch, nodes (name, safe share, ceiling, uncapped), on-battery flag, mode switch, overrides, sight (nodes
/// on battery, clusters with the time they were seen, nodes with their cluster). Of an older version the sight is missing; it reads no further.
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
            WriteSight(writer, stored.Sight);
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
            var stored = new StoredControl(ReadMemory(reader), ReadOrders(reader));
            return reader.BaseStream.Position < reader.BaseStream.Length ? stored with { Sight = ReadSight(reader) } : stored;
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

    private static void WriteSight(BinaryWriter writer, FleetSight sight)
    {
        writer.Write(sight.OnBattery.Count);
        foreach (var node in sight.OnBattery)
            writer.Write(node.Value);
        writer.Write(sight.SeenAt.Count);
        foreach (var (cluster, at) in sight.SeenAt)
        {
            writer.Write(cluster);
            writer.Write(at.UtcTicks);
        }
        writer.Write(sight.Places.Count);
        foreach (var (node, cluster) in sight.Places)
        {
            writer.Write(node.Value);
            writer.Write(cluster);
        }
    }

    private static FleetSight ReadSight(BinaryReader reader)
    {
        var onBattery = ImmutableSortedSet.CreateBuilder<NodeName>();
        for (var left = reader.ReadInt32(); left > 0; left--)
            onBattery.Add(NodeName.Parse(reader.ReadString()));
        var seenAt = ImmutableSortedDictionary.CreateBuilder<string, DateTimeOffset>(StringComparer.Ordinal);
        for (var left = reader.ReadInt32(); left > 0; left--)
            seenAt[reader.ReadString()] = new DateTimeOffset(reader.ReadInt64(), TimeSpan.Zero);
        var places = ImmutableSortedDictionary.CreateBuilder<NodeName, string>();
        for (var left = reader.ReadInt32(); left > 0; left--)
            places[NodeName.Parse(reader.ReadString())] = reader.ReadString();
        return new FleetSight(onBattery.ToImmutable(), places.ToImmutable(), seenAt.ToImmutable());
    }

    private static DateTimeOffset? Time(long ticks) => ticks == 0 ? null : new DateTimeOffset(ticks, TimeSpan.Zero);
}

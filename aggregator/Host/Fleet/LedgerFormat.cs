using System.Collections.Immutable;
using System.Text;
using Homelab.Units;

namespace Homelab.Aggregator.Fleet;

/// <summary>
/// Bytes of a stored ledger in a <see cref="SlotEnvelope"/>, so that a torn write is noticed. Payload, little-endian: over-budget ticks, node
/// count, then per node the name, total and the counts kept; then the energy that is in two totals, which older versions neither write nor read.
/// </summary>
internal static class LedgerFormat
{
    private static ReadOnlySpan<byte> Magic => "HLENRGY1"u8;

    public static byte[] Write(EnergyLedger ledger, ulong generation)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(ledger.OverBudget.Ticks);
            writer.Write(ledger.Nodes.Count);
            foreach (var (name, entry) in ledger.Nodes)
                WriteEntry(writer, name, entry);
            writer.Write(ledger.Repeated.Microjoules);
        }
        return SlotEnvelope.Seal(Magic, generation, stream.ToArray());
    }

    /// <summary>False when the bytes are not one whole ledger: empty, torn, of another version, or damaged. Bytes past the end are ignored.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out EnergyLedger ledger, out ulong generation)
    {
        ledger = EnergyLedger.Empty;
        return SlotEnvelope.Open(Magic, bytes, out generation) is { } payload && TryReadPayload(payload, out ledger);
    }

    private static void WriteEntry(BinaryWriter writer, NodeName name, LedgerEntry entry)
    {
        writer.Write(name.Value);
        writer.Write(entry.Total.Microjoules);
        writer.Write((byte)entry.Counts.Length);
        foreach (var (instance, counter) in entry.Counts)
        {
            writer.Write((ulong)(instance.Value >> 64));
            writer.Write((ulong)instance.Value);
            writer.Write(counter.Microjoules);
        }
    }

    private static bool TryReadPayload(byte[] payload, out EnergyLedger ledger)
    {
        ledger = EnergyLedger.Empty;
        try
        {
            using var reader = new BinaryReader(new MemoryStream(payload), Encoding.UTF8);
            var overBudget = new TimeSpan(reader.ReadInt64());
            var nodes = ImmutableSortedDictionary.CreateBuilder<NodeName, LedgerEntry>();
            for (var left = reader.ReadInt32(); left > 0; left--)
                nodes[NodeName.Parse(reader.ReadString())] = ReadEntry(reader);
            var hasRepeated = reader.BaseStream.Length - reader.BaseStream.Position >= sizeof(long);
            ledger = new EnergyLedger(nodes.ToImmutable(), overBudget) { Repeated = hasRepeated ? new Energy(reader.ReadInt64()) : Energy.Zero };
            return true;
        }
        catch (Exception damaged) when (damaged is IOException or FormatException)
        {
            return false;
        }
    }

    private static LedgerEntry ReadEntry(BinaryReader reader)
    {
        var total = new Energy(reader.ReadInt64());
        var counts = ImmutableArray.CreateBuilder<InstanceCount>();
        for (var left = reader.ReadByte(); left > 0; left--)
        {
            var instance = new UInt128(reader.ReadUInt64(), reader.ReadUInt64());
            counts.Add(new InstanceCount(new AgentInstance(instance), new Energy(reader.ReadInt64())));
        }
        return new LedgerEntry(total, counts.ToImmutable());
    }
}

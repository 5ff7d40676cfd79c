using System.Text;
using Homelab.Units;

namespace Homelab.Aggregator.Fleet.Learned;

/// <summary>What is learned of every node. Touched by one thread; <see cref="Write"/> makes what another may store.</summary>
internal sealed class FleetLevels
{
    /// <summary>Nodes kept; the one that was not seen longest goes first.</summary>
    public const int MostNodes = 1024;

    private static ReadOnlySpan<byte> Magic => "HLLEVEL1"u8;

    private readonly Dictionary<NodeName, NodeLevels> _nodes = [];

    /// <summary>Empty for a node not known.</summary>
    public NodeLevels this[NodeName node]
    {
        get
        {
            if (_nodes.TryGetValue(node, out var known))
                return known;
            if (_nodes.Count >= MostNodes)
                _nodes.Remove(_nodes.MinBy(static each => each.Value.LastDay).Key);
            return _nodes[node] = new NodeLevels();
        }
    }

    /// <summary>The payload of a stored slot, little-endian: node count, then per node its name and kinds, per kind its days, per day the number, first bin and times.</summary>
    public byte[] Write()
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
        {
            var known = _nodes.Where(static node => node.Value.Kinds.Count > 0).OrderBy(static node => node.Key).ToArray();
            writer.Write(known.Length);
            foreach (var (name, levels) in known)
            {
                writer.Write(name.Value);
                writer.Write((byte)levels.Kinds.Count);
                foreach (var (kind, days) in levels.Kinds)
                    WriteKind(writer, kind, days);
            }
        }
        return stream.ToArray();
    }

    public static byte[] Seal(ReadOnlySpan<byte> payload, ulong generation) => SlotEnvelope.Seal(Magic, generation, payload);

    /// <summary>Null when the bytes are not one whole slot: torn, of another version, or damaged.</summary>
    public static FleetLevels? Read(ReadOnlySpan<byte> bytes, out ulong generation)
    {
        if (SlotEnvelope.Open(Magic, bytes, out generation) is not { } payload)
            return null;
        try
        {
            using var reader = new BinaryReader(new MemoryStream(payload), Encoding.UTF8);
            var fleet = new FleetLevels();
            for (var left = reader.ReadInt32(); left > 0; left--)
            {
                var node = NodeName.Parse(reader.ReadString());
                fleet._nodes[node] = ReadNode(reader);
            }
            return fleet;
        }
        catch (Exception damaged) when (damaged is IOException or FormatException)
        {
            return null;
        }
    }

    private static void WriteKind(BinaryWriter writer, string kind, LevelDays days)
    {
        writer.Write(kind);
        writer.Write((byte)days.Days.Count);
        foreach (var (day, levels) in days.Days)
        {
            writer.Write(day);
            writer.Write((ushort)levels.First);
            writer.Write((ushort)levels.Times.Length);
            foreach (var time in levels.Times)
                writer.Write(time);
        }
    }

    private static NodeLevels ReadNode(BinaryReader reader)
    {
        var kinds = new List<(string, LevelDays)>();
        for (var left = reader.ReadByte(); left > 0; left--)
            kinds.Add((reader.ReadString(), ReadDays(reader)));
        return NodeLevels.Of(kinds) ?? throw new FormatException();
    }

    private static LevelDays ReadDays(BinaryReader reader)
    {
        var days = new List<(int, LevelHistogram)>();
        for (var left = reader.ReadByte(); left > 0; left--)
        {
            var (day, first, times) = (reader.ReadInt32(), reader.ReadUInt16(), new uint[reader.ReadUInt16()]);
            for (var i = 0; i < times.Length; i++)
                times[i] = reader.ReadUInt32();
            days.Add((day, LevelHistogram.Of(first, times) ?? throw new FormatException()));
        }
        return LevelDays.Of(days) ?? throw new FormatException();
    }
}

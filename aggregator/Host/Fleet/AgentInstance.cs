using System.Buffers.Binary;
using System.Globalization;

namespace Homelab.Aggregator.Fleet;

/// <summary>Random number of one agent process. Tells a reconnect from a second agent, and says when energy counters started at zero.</summary>
internal readonly record struct AgentInstance(UInt128 Value)
{
    public const int Length = 16;

    /// <summary>Accepts exactly 16 bytes that are not all zero (a field left unset).</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out AgentInstance instance)
    {
        instance = bytes.Length == Length ? new AgentInstance(BinaryPrimitives.ReadUInt128BigEndian(bytes)) : default;
        return instance.Value != 0;
    }

    public override string ToString() => Value.ToString("x32", CultureInfo.InvariantCulture);
}

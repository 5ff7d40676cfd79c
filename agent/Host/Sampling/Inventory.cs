using Homelab.NodeAgent.Sensors;

namespace Homelab.NodeAgent.Sampling;

/// <summary>Every sensor of the node, in the order that readings are indexed by. Immutable; a change of hardware makes a new one.</summary>
/// <param name="Sensors">In catalogue order of their sources, then in discovery order.</param>
internal sealed record Inventory(IReadOnlyList<SensorInfo> Sensors)
{
    public static readonly Inventory Empty = new([]);
}

using Homelab.NodeAgent.Sensors.Machine;
using Homelab.Units;

namespace Homelab.NodeAgent.Uplink;

/// <summary>Who this agent says it is.</summary>
/// <param name="Node">The node's name in the fleet.</param>
/// <param name="Instance">16 random bytes of this process: the node's energy counts from zero with each.</param>
/// <param name="Version">Of the agent.</param>
/// <param name="Machine">What kind of machine it is.</param>
/// <param name="IsReplay">True when recorded files are played back.</param>
/// <param name="ProcessId">Of this process.</param>
internal sealed record NodeIdentity(
    NodeName Node, ReadOnlyMemory<byte> Instance, string Version, MachineFacts Machine, bool IsReplay, int ProcessId)
{
    /// <summary>Time between two samples, which is the least there can be between two reports; zero: not said.</summary>
    public TimeSpan SampleInterval { get; init; }

    /// <summary>Name of the Kubernetes node; empty: in no cluster, or not told.</summary>
    public string KubernetesNode { get; init; } = "";

    /// <summary>True when this process runs in a container.</summary>
    public bool IsContained { get; init; }

    /// <summary>As in Node.spec.providerID; empty: not configured.</summary>
    public string ProviderId { get; init; } = "";

    /// <summary>The machine's own, never a pod's; empty where they can not be known.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];
}

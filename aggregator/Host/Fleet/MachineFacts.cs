using System.Collections.Immutable;
using Homelab.Aggregator.Budgeting;

namespace Homelab.Aggregator.Fleet;

/// <summary>What a node's machine is, as its agent said. Empty text and 0 mean unknown.</summary>
/// <param name="Architecture">As Kubernetes writes it: <c>amd64</c>, <c>arm64</c>.</param>
/// <param name="MemoryBytes">Total memory; 0 unknown.</param>
/// <param name="Replay">The agent replays recorded files instead of reading the machine.</param>
internal sealed record MachineFacts(
    string BootId, string Architecture, string Board, string Processor, string Kernel, string OperatingSystem,
    int LogicalCpus, long MemoryBytes, bool Replay)
{
    /// <summary>Of the kernel that runs now: a recorded machine's boot id is its recording's. Empty when unknown.</summary>
    public string LiveBootId => Replay ? "" : BootId;

    /// <summary>Name of its Kubernetes node, as the agent was told by Kubernetes or its operator.</summary>
    public string KubernetesNode { get; init; } = "";

    /// <summary>32 hexadecimal digits, lower case.</summary>
    public string MachineId { get; init; } = "";

    /// <summary>The firmware's UUID, or a board's serial number; lower case.</summary>
    public string SystemUuid { get; init; } = "";

    /// <summary>The machine's own, in their canonical writing.</summary>
    public ImmutableArray<string> Addresses { get; init; } = [];

    /// <summary>As in Node.spec.providerID.</summary>
    public string ProviderId { get; init; } = "";

    /// <summary><c>none</c> for hardware, else what the guest runs on; empty: not said.</summary>
    public string Virtualization { get; init; } = "";

    /// <summary>The agent runs in a container: others beside it may read the same machine's meters, and show the same <see cref="BootId"/>.</summary>
    public bool Contained { get; init; }

    public HostMarks Marks => new(MachineId, SystemUuid, Contained);

    public static readonly MachineFacts Unknown = new("", "", "", "", "", "", 0, 0, false);
}

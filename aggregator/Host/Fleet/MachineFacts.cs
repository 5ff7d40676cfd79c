namespace Homelab.Aggregator.Fleet;

/// <summary>What a node's machine is, as its agent said. Empty text and 0 mean unknown.</summary>
/// <param name="Architecture">As Kubernetes writes it: <c>amd64</c>, <c>arm64</c>.</param>
/// <param name="MemoryBytes">Total memory; 0 unknown.</param>
/// <param name="Replay">The agent replays recorded files instead of reading the machine.</param>
internal sealed record MachineFacts(
    string BootId, string Architecture, string Board, string Processor, string Kernel, string OperatingSystem,
    int LogicalCpus, long MemoryBytes, bool Replay)
{
    public static readonly MachineFacts Unknown = new("", "", "", "", "", "", 0, 0, false);
}

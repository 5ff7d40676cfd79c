namespace Homelab.NodeAgent.Diagnostics;

/// <summary>What the agent itself costs.</summary>
/// <param name="ResidentBytes">Resident memory; 0 when it can not be read.</param>
/// <param name="Processor">Processor time used since start, kernel and user.</param>
internal readonly record struct SelfCost(long ResidentBytes, TimeSpan Processor);

namespace Homelab.Aggregator.Fleet;

/// <summary>How one sensor source of a node fared in its last pass.</summary>
/// <param name="Duration">Of the last finished pass.</param>
/// <param name="LastSuccess">On the node's clock; null before the first success.</param>
/// <param name="Failures">Passes that failed or were late since the agent started.</param>
/// <param name="Detail">Why, when it failed; empty otherwise.</param>
internal sealed record SourceReport(
    string Source, bool Success, TimeSpan Duration, DateTimeOffset? LastSuccess, ulong Failures, string Detail);

/// <summary>What an agent itself costs its node.</summary>
/// <param name="ResidentBytes">Resident memory.</param>
/// <param name="Processor">Processor time used since the agent started.</param>
internal readonly record struct AgentCost(ulong ResidentBytes, TimeSpan Processor);

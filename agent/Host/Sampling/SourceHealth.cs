namespace Homelab.NodeAgent.Sampling;

/// <summary>How one source fared in its last pass.</summary>
/// <param name="Source">The source's name.</param>
/// <param name="Success">True when the last pass ended in time and nothing threw.</param>
/// <param name="Duration">Of the last finished pass.</param>
/// <param name="LastOk">End of the last successful pass; null when there was none.</param>
/// <param name="Failures">Passes that failed or missed the deadline since the agent started.</param>
/// <param name="Detail">Why it failed; null when it did not.</param>
internal readonly record struct SourceHealth(
    string Source, bool Success, TimeSpan Duration, DateTimeOffset? LastOk, long Failures, string? Detail);

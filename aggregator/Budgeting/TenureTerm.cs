namespace Homelab.Aggregator.Budgeting;

/// <summary>What an election adds to the right to grant; default without one.</summary>
/// <param name="Number">Larger than that of every earlier term, so that an epoch counted from it is newer than theirs.</param>
/// <param name="IsMemoryUncertain">Others may have led since the memory was stored: nodes of a newer epoch than it knows are of a fleet that was forgotten.</param>
internal readonly record struct TenureTerm(uint Number, bool IsMemoryUncertain);

namespace Homelab.RecordedHosts;

/// <summary>A mistake of the caller, in words for the terminal.</summary>
internal sealed class ReplayException(string message) : Exception(message);

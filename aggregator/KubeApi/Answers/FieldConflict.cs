namespace Homelab.Aggregator.KubeApi;

/// <summary>One field that a server-side apply would have taken from another manager.</summary>
/// <param name="Manager">The owner as the server names it, e.g. "kubectl-label"; empty where it named none.</param>
/// <param name="Field">The field's path as the server writes it, e.g. ".metadata.labels.team".</param>
internal sealed record FieldConflict(string Manager, string Field);

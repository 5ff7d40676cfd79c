using System.Collections.Immutable;

namespace Homelab.Aggregator.KubeApi;

/// <summary>A collection at one moment.</summary>
/// <param name="Unreadable">Objects that were there and could not be read.</param>
/// <param name="ResourceVersion">A watch goes on from here.</param>
internal sealed record KubeList<T>(ImmutableArray<T> Items, int Unreadable, string ResourceVersion);

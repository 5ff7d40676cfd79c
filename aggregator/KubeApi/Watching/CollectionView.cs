using System.Collections.Immutable;

namespace Homelab.Aggregator.KubeApi;

/// <summary>A collection as last seen. Immutable: readers share it without locks.</summary>
/// <param name="Generation">Grows with each publication.</param>
/// <param name="Items">By name (by namespace/name where they have one).</param>
/// <param name="IsSynced">False until the first whole list: nothing may be concluded from absence before.</param>
/// <param name="Unreadable">Objects in the last list that could not be read: there, but not in <paramref name="Items"/>.</param>
/// <param name="Trouble">Why the view may be behind; null while list and watch stand.</param>
/// <param name="HeardAt">Timestamp of the time provider when the server last said anything about the collection.</param>
internal sealed record CollectionView<T>(long Generation, ImmutableDictionary<string, T> Items, bool IsSynced, int Unreadable, KubeStatus? Trouble, long HeardAt)
{
    public static CollectionView<T> Empty { get; } = new(0, ImmutableDictionary<string, T>.Empty, false, 0, null, 0);
}

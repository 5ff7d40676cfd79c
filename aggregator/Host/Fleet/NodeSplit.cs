using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Fleet;

/// <summary>A node's energy by who used it, since its agent began to split it.</summary>
/// <param name="Idle">What the node would have drawn at rest.</param>
/// <param name="System">The kernel, the host's services, and containers that are not told apart.</param>
/// <param name="Other">Pods that are not named.</param>
/// <param name="Ended">Pods that are gone.</param>
/// <param name="Pods">UID (or a container's first 12 digits) and energy, at most <see cref="MostPods"/>.</param>
internal sealed record NodeSplit(Energy Idle, Energy System, Energy Other, Energy Ended, ImmutableArray<(string Pod, Energy Energy)> Pods)
{
    /// <summary>With idle, system and the rest 13 series a node.</summary>
    public const int MostPods = 10;
}

using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Fleet;

/// <summary>A node's energy by who used it, since its agent began to split it.</summary>
/// <param name="Idle">What the node would have drawn at rest.</param>
/// <param name="System">The kernel, the host's services, and containers that are not told apart.</param>
/// <param name="Other">Pods without a place of their own.</param>
/// <param name="Ended">Pods that are gone.</param>
/// <param name="Pods">At most <see cref="MostPods"/>.</param>
internal sealed record NodeSplit(Energy Idle, Energy System, Energy Other, Energy Ended, ImmutableArray<PodShare> Pods)
{
    /// <summary>With idle, system and the rest 13 series a node.</summary>
    public const int MostPods = 10;
}

/// <summary>One pod's energy, or one container's that is in no pod.</summary>
/// <param name="Uid">Of the pod, or the container's first 12 digits.</param>
/// <param name="Namespace">Empty with the name.</param>
/// <param name="Name">As Kubernetes calls it; empty: the agent does not know.</param>
internal sealed record PodShare(string Uid, string Namespace, string Name, Energy Energy);
